"""What a reference is indexed and searched as: `Type/id` where it is local, else the whole address, both without a version."""

from __future__ import annotations

import re
from functools import lru_cache

_LOCAL = re.compile(
    r"(?:(?P<base>[a-z][a-z0-9+.\-]*://.+)/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?"
)


@lru_cache(maxsize=1 << 14)
def target(reference: str, bases: frozenset[str] = frozenset()) -> tuple[str, str]:
    """The target and its type ("" if it can't be told). An address that begins with one of the bases is local."""
    match = _LOCAL.fullmatch(reference)
    if match is None:
        return reference, ""
    local = f"{match['type']}/{match['id']}"
    base = match["base"]
    return (local if base is None or base in bases else f"{base}/{local}"), match["type"]


def canonical(reference: str) -> tuple[str, ...]:
    """A canonical is found by its url, and by url and version where it has one."""
    url = reference.partition("|")[0]
    return (url,) if url == reference else (url, reference)
