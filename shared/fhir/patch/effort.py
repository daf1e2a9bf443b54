"""How much one patch may ask for: it is applied within a unit of work, and all other writers wait for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import jsonpointer  # type: ignore[import-untyped, unused-ignore]

from shared.fhir import text
from shared.fhir.refusal import Malformed, TooLarge

MOST_OPERATIONS: Final = 1_000
MOST_COPIED: Final = 1024 * 1024
"""Bytes that the `copy` operations of a JSON Patch may add: of a list into itself each doubles it."""

MOST_WALKED: Final = 256 * 1024 * 1024
"""Bytes of the resource times operations of a FHIRPath Patch, each of which may walk all of it."""

MOST_LETTERS: Final = 1_000
"""Of one path."""

_ENDLESS: Final = re.compile(r"\b(matches|replaceMatches|repeat|aggregate)\s*\(")


def countable(operations: Sequence[object]) -> None:
    """Raises TooLarge for more operations than one patch may have."""
    if len(operations) > MOST_OPERATIONS:
        raise TooLarge(f"a patch of {len(operations)} operations is larger than {MOST_OPERATIONS}, the most that is taken")


def walkable(operations: Sequence[object], size: int) -> None:
    """Raises TooLarge for more operations than a resource of so many bytes can have."""
    if len(operations) * size > MOST_WALKED:
        raise TooLarge(f"{len(operations)} operations on a resource of {size} bytes are too many: send a JSON Patch")


def readable(path: str) -> None:
    """Raises Malformed for a path that is longer than any that leads somewhere."""
    if len(path) > MOST_LETTERS:
        raise Malformed(f"a path of {len(path)} letters is longer than {MOST_LETTERS}: {path[:60]!r}…")


def terminating(expression: str) -> None:
    """Raises Malformed for a FHIRPath that may take for ever: of a client's own regular expressions and recursions."""
    found = _ENDLESS.search(expression)
    if found:
        raise Malformed(f"a patch can't follow {found[1]}()")


class Copies:
    """What the `copy` operations of one JSON Patch have added so far."""

    def __init__(self) -> None:
        self._bytes = 0

    def add(self, document: Any, operation: Any) -> None:
        """Raises TooLarge when it gets too much; JsonPointerException if there is nothing to copy."""
        if operation.get("op") == "copy":
            copied = jsonpointer.resolve_pointer(document, operation.get("from", ""))
            if isinstance(copied, jsonpointer.EndOfList):
                return  # nothing is there to be copied, which jsonpatch has words for
            self._bytes += len(text.dump({"value": copied}))
            if self._bytes > MOST_COPIED:
                raise TooLarge(f"a patch may copy {MOST_COPIED} bytes, this one copies more")
