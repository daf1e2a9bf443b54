"""New identities: logical ids that sort by time (so B-trees grow at one end), and event ids."""

from __future__ import annotations

from uuid_utils import uuid7


def new_id() -> str:
    """A fresh FHIR logical id: a UUID of version 7 (RFC 9562), 36 characters."""
    return str(uuid7())
