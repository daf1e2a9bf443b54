"""If-Match, If-None-Match, If-Modified-Since (http://hl7.org/fhir/R4/http.html#concurrency, #cread)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from shared.fhir.refusal import PreconditionFailed
from shared.store.version import Version

_TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)')


def etag(version: Version) -> str:
    return f'W/"{version.number}"'


def last_modified(version: Version) -> str:
    return format_datetime(version.updated.astimezone(UTC), usegmt=True)


def demanded(headers: Mapping[str, str]) -> bool:
    return "if-match" in headers or "if-none-match" in headers


def demand(headers: Mapping[str, str], current: Version | None) -> None:
    """Raise PreconditionFailed unless the current version is the one that the client knows. A deletion counts as none."""
    existing = None if current is None or current.deleted else current
    wanted, unwanted = headers.get("if-match"), headers.get("if-none-match")
    if wanted is not None and not _named(wanted, existing):
        now = etag(existing) if existing else "absent"
        raise PreconditionFailed(f"If-Match {wanted} does not hold: the resource is {now}")
    if unwanted is not None and _named(unwanted, existing):
        raise PreconditionFailed(f"If-None-Match {unwanted} does not hold: the resource exists")


def known_already(headers: Mapping[str, str], version: Version) -> bool:
    """Whether a read can be answered by 304: If-None-Match decides, without it If-Modified-Since."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return _named(tags, version)
    since = _date(headers.get("if-modified-since"))
    return since is not None and version.updated.replace(microsecond=0) <= since


def _named(tags: str, version: Version | None) -> bool:
    if version is None:
        return False
    return tags.strip() == "*" or str(version.number) in {quoted or bare for quoted, bare in _TAG.findall(tags)}


def _date(text: str | None) -> datetime | None:
    """An HTTP date; one that can't be read counts as not sent (RFC 9110, 13.1.3)."""
    try:
        date = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return date if date is None or date.tzinfo else date.replace(tzinfo=UTC)
