"""The opaque text that a next page begins from: the last resource's place in the order, and the total that was counted."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from shared.fhir.refusal import Malformed

_SEAL = 6


@dataclass(frozen=True, slots=True)
class Cursor:
    """`last`: values of the sort keys and the number of the last resource shown. `about`: the search it belongs to.

    `upto`: the newest commit when the first page was made.
    """

    about: str
    last: tuple[Any, ...]
    total: int | None
    upto: int

    def __str__(self) -> str:
        content = orjson.dumps([self.total, self.upto, *self.last])
        return base64.urlsafe_b64encode(_seal(self.about, content) + content).decode().rstrip("=")


def read(text: str, about: str) -> Cursor:
    """Raises Malformed for what is no cursor, or one of another search."""
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Malformed("_cursor is no cursor") from error
    seal, content = found[:_SEAL], found[_SEAL:]
    if seal != _seal(about, content):
        raise Malformed("_cursor belongs to another search")
    total, upto, *last = orjson.loads(content)
    return Cursor(about, tuple(last), total, upto)


def _seal(about: str, content: bytes) -> bytes:
    """What a cursor begins with, so that one that was changed, or given to another search, is noticed before SQL sees it."""
    return blake2b(about.encode() + content, digest_size=_SEAL).digest()
