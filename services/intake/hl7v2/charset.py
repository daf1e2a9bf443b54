"""From the bytes of a message to its characters: MSH-18, HL7 table 0211."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Final

from .position import DATA_TYPE_ERROR, NO_SUCH_CODE, Position, Unreadable

CHARSETS: Final[Mapping[str, str]] = {
    "ASCII": "ascii",
    **{f"8859/{part}": f"iso8859-{part}" for part in range(1, 10)},
    "8859/15": "iso8859-15",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32",
    "ISO IR14": "shift_jis",
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
}

USUAL: Final = ("utf-8", "cp1252", "iso8859-1")
"""Tried in this order where a message names none, or ASCII which it then isn't."""

_MSH_18: Final = Position("MSH", 1, 18)
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NO_FHIR_CHARACTER: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def decoded(raw: bytes) -> tuple[str, str]:
    """The text without a byte order mark and control characters, and the codec it was read by.

    Raises Unreadable for a character set that is not known, or that the bytes are not of.
    """
    for mark, codec in _BOMS:
        if raw.startswith(mark):
            return _read(raw[len(mark) :], codec), codec
    named = _named(raw)
    if named and named not in CHARSETS:
        raise Unreadable(f"the character set {named!r} is not known", _MSH_18, NO_SUCH_CODE)
    codec = CHARSETS.get(named, "ascii")
    return (_guessed(raw)) if codec == "ascii" else (_read(raw, codec), codec)


def cleaned(text: str) -> str:
    """Without what no FHIR string can hold: http://hl7.org/fhir/R4/datatypes.html#string"""
    return _NO_FHIR_CHARACTER.sub("", text)


def _named(raw: bytes) -> str:
    """MSH-18, its first repetition, in capitals; it is ASCII itself in every set that can hold a message."""
    line = re.split(rb"[\r\n]", raw.lstrip()[:2000], maxsplit=1)[0]
    fields = line.split(line[3:4] or b"|")
    return fields[17].split(b"~")[0].strip().decode("ascii", "replace").upper() if len(fields) > 17 else ""


def _guessed(raw: bytes) -> tuple[str, str]:
    for codec in USUAL:
        try:
            return cleaned(raw.decode(codec)), codec
        except UnicodeDecodeError:
            continue
    raise AssertionError("every byte is a character of ISO 8859-1")


def _read(raw: bytes, codec: str) -> str:
    try:
        return cleaned(raw.decode(codec))
    except UnicodeDecodeError as error:
        raise Unreadable(f"byte {error.start} is no {codec}", _MSH_18, DATA_TYPE_ERROR) from None
