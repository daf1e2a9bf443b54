"""The JSON schemas of the primitive types, calendar included: http://hl7.org/fhir/R4/datatypes.html#primitive"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Schema = dict[str, Any]

# Patterns are of Rust's regex crate: `$` is the end of the text, nothing looks ahead.
_NO_CONTROL: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]+$"
_NO_SPACE: Final = r"^[^\s\x00-\x20]+$"

_YEAR: Final = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP_YEAR: Final = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DAY: Final = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    f"|{_LEAP_YEAR}-02-29)"
)
_TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE: Final = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_PARTIAL: Final = f"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"

ID: Final = r"[A-Za-z0-9\-.]{1,64}"
"""http://hl7.org/fhir/R4/datatypes.html#id"""

_MEGABYTE: Final = 1024 * 1024


def _text(pattern: str, **more: object) -> Schema:
    return {"type": "string", "pattern": pattern, **more}


SCHEMAS: Final[Mapping[str, Schema]] = {
    "base64Binary": _text(r"^\s*(?:[A-Za-z0-9+/]{4}\s*)*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\s*$", minLength=1),
    "boolean": {"type": "boolean"},
    "canonical": _text(_NO_SPACE),
    "code": _text(r"^[^\s\x00-\x20]+(?: [^\s\x00-\x20]+)*$"),
    "date": _text(f"^(?:{_PARTIAL}|{_DAY})$"),
    "dateTime": _text(f"^(?:{_PARTIAL}|{_DAY}(?:T{_TIME}{_ZONE})?)$"),
    "decimal": {"type": "number"},
    "id": _text(f"^{ID}$"),
    "instant": _text(f"^{_DAY}T{_TIME}{_ZONE}$"),
    "integer": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1, "whole": True},
    "markdown": _text(_NO_CONTROL, maxLength=_MEGABYTE),
    "oid": _text(r"^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$"),
    "positiveInt": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1, "whole": True},
    "string": _text(_NO_CONTROL, maxLength=_MEGABYTE),
    "time": _text(f"^{_TIME}$"),
    "unsignedInt": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "whole": True},
    "uri": _text(_NO_SPACE),
    "url": _text(_NO_SPACE),
    "uuid": _text("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
    "xhtml": {"type": "string", "narrative": True},
}

# What stands for the codes of a system that can't be listed.
SYNTAX: Final[Mapping[str, str]] = {
    "currency": "^[A-Z]{3}$",  # ISO 4217
    "language": "^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$",  # BCP 47
    "mime": r"^[A-Za-z0-9!#$&^_.+\-]+(?:/[A-Za-z0-9!#$&^_.+\-]+)?(?:\s*;\s*[^;]+)*$",  # BCP 13, and R4's own bare `xml`
    "ucum": r"^[!-~]+$",  # every UCUM expression is printable ASCII without blanks
}
