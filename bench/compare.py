"""`python -m bench.compare <revision> …`: this tree and a revision of it, measured by turns; what follows goes to both.

The revision is checked out into a temporary worktree and gets this tree's measurements, so that both are measured alike.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import revision, table
from bench.figures import read
from bench.stack import ROOT

TURNS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers 0; 1 with a sentence on stderr for a revision that can't be measured."""
    parser = argparse.ArgumentParser(prog="bench.compare", description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("--turns", type=int, default=TURNS)
    asked, passed = parser.parse_known_args(arguments)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="careloom-compare-") as folder,
            revision.worktree(asked.revision, Path(folder)) as there,
        ):
            files = [_measured(ROOT, there, Path(folder), turn, passed) for turn in range(asked.turns)]
            here_files, there_files = [list(each) for each in zip(*files, strict=True)]
            print(table.compared(read(here_files), read(there_files), asked.revision))
    except subprocess.CalledProcessError as failed:
        print(f"{' '.join(map(str, failed.cmd))}: {failed.stderr or failed.returncode}", file=sys.stderr)
        return 1
    return 0


def _measured(here: Path, there: Path, folder: Path, turn: int, passed: Sequence[str]) -> tuple[Path, Path]:
    """One turn of each; the order changes with every turn."""
    files = {here: folder / f"here-{turn}.json", there: folder / f"there-{turn}.json"}
    for tree in (here, there) if turn % 2 else (there, here):
        print(f"turn {turn + 1}: {'here' if tree == here else 'there'}", file=sys.stderr)
        command = [sys.executable, "-m", "bench", "--rounds", "1", *passed, "--json", str(files[tree])]
        subprocess.run(command, cwd=tree, check=True, stdout=subprocess.DEVNULL)
    return files[here], files[there]


if __name__ == "__main__":
    sys.exit(main())
