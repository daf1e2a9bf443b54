"""New identities: logical ids that sort by time (so B-trees grow at one end), and event ids."""

from __future__ import annotations

import re
from functools import lru_cache

from uuid_utils import NAMESPACE_URL, uuid5, uuid7

_GIVEN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_id() -> str:
    """A fresh FHIR logical id: a UUID of version 7 (RFC 9562), 36 characters."""
    return str(uuid7())


def was_given(id: str) -> bool:
    """Whether it is an id as new_id makes them, so that nobody outside is likely to have chosen it."""
    return _GIVEN.fullmatch(id) is not None


@lru_cache(maxsize=8192)
def id_from(*parts: str) -> str:
    """The id that always belongs to these parts (a UUID of version 5): what is made again is made once."""
    return str(uuid5(NAMESPACE_URL, "\x1f".join(parts)))
