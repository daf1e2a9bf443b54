"""The opaque text that a next page begins from: the last resource's place in the order, and the total that was counted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared.fhir.refusal import Malformed


@dataclass(frozen=True, slots=True)
class Cursor:
    """`last`: values of the sort keys and the number of the last resource shown. `about`: the search it belongs to."""

    about: str
    last: tuple[Any, ...]
    total: int | None

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([self.about, self.total, *self.last])).decode().rstrip("=")


def read(text: str, about: str, values: Sequence[Any]) -> Cursor | None:
    """None for the first page. Raises Malformed for what is no cursor, or one of another search.

    `values` has one item for each sort key.
    """
    if not text:
        return None
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        ours, total, *last = found
    except (binascii.Error, ValueError, TypeError) as error:
        raise Malformed("_cursor is no cursor") from error
    if ours != about or len(last) != len(values) + 1 or not all(isinstance(one, str | int | float | None) for one in last):
        raise Malformed("_cursor belongs to another search")
    return Cursor(ours, tuple(last), total)
