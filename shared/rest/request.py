"""What is asked: one value, whether it came as an HTTP request or as an entry of a batch or transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from shared.fhir.caller import LOCAL, Caller
from shared.fhir.refusal import Malformed
from shared.fhir.subset import WHOLE, Subset, subset_of
from shared.fhir.text import Draft
from shared.kernel.trace import Cause
from shared.rest.media import FHIR_JSON
from shared.rest.prefer import NO_WISH, Prefer

Pairs = tuple[tuple[str, str], ...]

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
"""http://hl7.org/fhir/R4/datatypes.html#id"""


@dataclass(slots=True)
class Request:
    """`headers` have lower-case names; of an entry only those that FHIR gives it (if-match, if-none-exist …).

    `base` is the address of `/fhir` as the client knows it. `draft` is the body where it is parsed already,
    `format` the media type to answer in.
    """

    method: str
    base: str
    cause: Cause
    type: str = ""
    id: str = ""
    version: str = ""
    operation: str = ""
    pairs: Pairs = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    media: str = ""
    format: str = FHIR_JSON
    prefer: Prefer = NO_WISH
    caller: Caller = LOCAL
    draft: Draft | None = None

    @property
    def subset(self) -> Subset:
        """What of a resource is wanted. Raises Malformed for a `_summary` that there is not."""
        return subset_of(self.last("_summary"), self.last("_elements")) if self.pairs else WHOLE

    def last(self, name: str) -> str | None:
        """The value of a query parameter; of several the last."""
        return next((value for key, value in reversed(self.pairs) if key == name), None)


def pairs_of(query: str) -> Pairs:
    """The name and value pairs of a query, decoded, in order. Raises Malformed for a NUL, which no value can hold."""
    if not query:
        return ()
    pairs = tuple(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise Malformed("a query can't hold the character U+0000")
    return pairs
