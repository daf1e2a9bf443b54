"""`python deploy/pins.py constraints.txt services/careplan/pyproject.toml`: the pins that one service's image needs.

Prints those blocks of constraints.txt, hashes included, that the service's dependencies lead to. Needs Python only.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

_START = re.compile(r"^(?=[a-z0-9])", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_VIA = re.compile(r"^ +#(?: +via)? +([a-z0-9._-]+)$", re.MULTILINE)


def pins(constraints: str, wanted: Iterable[str]) -> str:
    """The blocks of `constraints` for the requirements in `wanted` and all that those need, by the comments `via`."""
    blocks = {_name(block): block for block in _START.split(constraints) if "==" in block}
    needed = {_name(requirement) for requirement in wanted}
    while found := {name for name in blocks if name not in needed and needed & set(_VIA.findall(blocks[name]))}:
        needed |= found
    return "".join(blocks[name] for name in sorted(needed))


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", match[0]).lower() if match else ""


if __name__ == "__main__":
    constraints, project = map(Path, sys.argv[1:])
    print(pins(constraints.read_text(), tomllib.loads(project.read_text())["project"]["dependencies"]))
