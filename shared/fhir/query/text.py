"""The little language of search values: `,` and `$` and `|` separate, a backslash takes their meaning away.

http://hl7.org/fhir/R4/search.html#escaping
"""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"\\([,$|\\])")


def split(text: str, separator: str, most: int = -1) -> list[str]:
    """The parts between separators that no backslash stands before; still escaped."""
    if "\\" not in text:
        return text.split(separator, most)
    parts: list[str] = []
    start = place = 0
    while place < len(text) and len(parts) != most:
        if text[place] == "\\":
            place += 1
        elif text[place] == separator:
            parts.append(text[start:place])
            start = place + 1
        place += 1
    return [*parts, text[start:]]


def plain(text: str) -> str:
    """The text without its backslashes."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text
