"""New identities: logical ids that sort by time (so B-trees grow at one end), and event ids."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from uuid_utils import uuid7


def new_id() -> str:
    """A fresh FHIR logical id: a UUID of version 7 (RFC 9562), 36 characters."""
    return str(uuid7())


def id_from(*parts: str) -> str:
    """The id that always belongs to these parts (a UUID of version 5): what is made again is made once."""
    return str(uuid5(NAMESPACE_URL, "\x1f".join(parts)))
