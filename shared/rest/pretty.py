"""Prints JSON for people, without touching a character of its numbers and strings."""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_STEP = b"  "


def pretty(compact: bytes) -> bytes:
    """The same JSON with a line for each member, indented by two blanks."""
    pieces: list[bytes] = []
    depth = 0
    before = b""
    for match in _TOKEN.finditer(compact):
        token = match[0]
        if token in b"}]":
            depth -= 1
            if before not in (b"{", b"["):
                pieces.append(b"\n" + _STEP * depth)
        elif before in (b"{", b"[", b","):
            pieces.append(b"\n" + _STEP * depth)
        pieces.append(b": " if token == b":" else token)
        depth += token in (b"{", b"[")
        before = token
    return b"".join([*pieces, b"\n"])
