"""Condenses which operations R4 itself defines, for the capability statement: http://hl7.org/fhir/R4/operationslist.html

python -m shared.fhir.r4.condense.operations <unpacked folder of definitions> writes operations.json beside this package.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SOURCE = "HL7 FHIR R4 4.0.1, profiles-resources.json (CC0)"


def condensed(folder: Path) -> dict[str, Any]:
    """`<Type>.$<code>` → the address of its definition."""
    bundle = json.loads((folder / "profiles-resources.json").read_text())
    found = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "OperationDefinition"]
    official = [each for each in found if each["version"] == "4.0.1"]
    return {
        "source": SOURCE,
        "operations": {f"{type}.${each['code']}": each["url"] for each in official for type in each.get("resource", ())},
    }


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "operations.json"
    target.write_text(json.dumps(condensed(Path(sys.argv[1])), indent=1) + "\n")
