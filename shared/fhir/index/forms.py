"""The forms in which texts are indexed and searched for: normalised strings, short keys, numbers for systems, sounds."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

KEY_LENGTH = 200
"""Longer texts are cut and get a number at the end: a B-tree of PostgreSQL takes no entry over 2,700 bytes."""
PREFIX_LENGTH = 160

_SOUNDS = {letter: digit for digit, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters}
_PUNCTUATION = re.compile(r"[\s()+.\-/]")


@lru_cache(maxsize=1 << 14)
def number(text: str) -> int:
    """A number of 63 bits for a text that is only compared: a code system, an exact string, a unit. 0 for none."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1 if text else 0


@lru_cache(maxsize=1 << 14)
def normal(text: str) -> str:
    """Without case, accents and repeated spaces: http://hl7.org/fhir/R4/search.html#string"""
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(text.casefold().split())


def key(text: str) -> str:
    """The text itself, or of a long one its beginning and number."""
    return text if len(text) <= KEY_LENGTH else f"{text[:PREFIX_LENGTH]}…{number(text):016x}"


def contact(value: str) -> str:
    """A telephone number without punctuation; addresses of other kinds without case."""
    return value.casefold() if "@" in value or "://" in value else _PUNCTUATION.sub("", value).casefold()


@lru_cache(maxsize=1 << 12)
def sound(word: str) -> str:
    """How an English name sounds (Soundex: its first letter and three digits); other scripts are left as they are."""
    letters = [letter for letter in normal(word) if letter.isalpha()]
    if not letters:
        return ""
    digits: list[str] = []
    before = _SOUNDS.get(letters[0])
    for letter in letters[1:]:
        digit = _SOUNDS.get(letter)
        if digit and digit != before:
            digits.append(str(digit))
        if letter not in "hw":
            before = digit
    return letters[0] + "".join(digits[:3]).ljust(3, "0")
