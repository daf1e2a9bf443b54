"""The only module that parses and prints resources: what a client sent is stored and returned in its own characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Malformed

MAX_DEPTH: Final = 64
"""Objects and lists inside each other. The deepest official R4 example has 17."""

_BLANK: Final = b" \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"


class Number(float):
    """A number that remembers how it was written: a float in every comparison and calculation, its own text in print.

    `Decimal(str(number))` is the exact value.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Number:
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def __reduce__(self) -> tuple[type[Number], tuple[str]]:
        return Number, (self.text,)


@dataclass(slots=True, eq=False)
class Draft:
    """A resource as a client sent it: parsed once for gate and rules, its own bytes kept for storing.

    `content` is what orjson makes of `text` (numbers as int and float). Don't write the one without the other.
    """

    content: Resource
    text: bytes
    _pieces: list[bytes | int] | None = field(default=None, init=False, repr=False)

    def stamped(self, id: str, version: int, updated: datetime) -> bytes:
        """The text with `id`, `meta.versionId` and `meta.lastUpdated` set, and no other character changed.

        What an earlier stamp found out about the text is kept, so that a unit that runs again stamps at once.
        """
        if self._pieces is None:
            self._pieces = _pieces(self.content, self.text)
        values = (orjson.dumps(id), b'"%d"' % version, b'"%b"' % instant(updated).encode())
        return b"".join([piece if isinstance(piece, bytes) else values[piece] for piece in self._pieces])

    def same_as(self, stored: bytes) -> bool:
        """`same(self.text, stored)`, at the price of parsing only the stored text where they differ."""
        if _unstamped(self.content) != _unstamped(orjson.loads(stored)):
            return False
        return same(self.text, stored)


def parse(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Draft:
    """What a client sent as a resource: UTF-8, a JSON object, every member name once (http://hl7.org/fhir/R4/json.html).

    A byte order mark and blanks around the object are dropped (RFC 8259, 8.1). Raises Malformed: no JSON (also NaN, 1e400,
    lone surrogates), another value than an object, deeper than `max_depth`, a name that stands twice in one object.
    """
    text = _bare(raw)
    content = _checked(text, max_depth)
    if not isinstance(content, dict):
        raise _malformed("a resource is a JSON object")
    return Draft(content, text)


def parse_json(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Any JSON document of a client's (a patch, say), numbers with their text. Raises Malformed as `parse` does."""
    text = _bare(raw)
    _checked(text, max_depth)
    return _exact(text)


def load(text: bytes) -> Resource:
    """A stored text as a resource whose numbers keep their text: int where that says it all, else Number."""
    found: Resource = _exact(text)
    return found


def dump(resource: Mapping[str, Any]) -> bytes:
    """A resource as JSON without blanks; Number and Decimal as they are written. Raises TypeError for what is no JSON."""
    return orjson.dumps(resource, default=_printed)


def draft_of(resource: Mapping[str, Any]) -> Draft:
    """The draft of a resource that was built or changed here. It shares nothing with the resource."""
    text = dump(resource)
    return Draft(orjson.loads(text), text)


def same(a: bytes, b: bytes) -> bool:
    """Whether two texts say the same apart from id, meta.versionId and meta.lastUpdated.

    Order of members and blanks don't matter; numbers are compared as they are written (`1.0` is not `1.00`).
    """
    one, other = _unstamped(_exact(a)), _unstamped(_exact(b))
    # Equal floats may be written differently, and 1 == True: equal values are compared once more in print.
    return one == other and _sorted(one) == _sorted(other)


def instant(moment: datetime) -> str:
    """`2026-11-23T12:00:00.123Z`: http://hl7.org/fhir/R4/datatypes.html#instant in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


# --- checking what came

_NOT_STRUCTURE: Final = bytes(set(range(256)) - set(b'{}[]"'))
_ONE_BRACKET: Final = bytes.maketrans(b"[]", b"{}")
_STRING: Final = re.compile(rb'"[^"]*"')


def _bare(raw: bytes) -> bytes:
    return raw.removeprefix(_BOM).strip(_BLANK)


def _checked(text: bytes, max_depth: int) -> Any:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _malformed(f"the body is not JSON: {error}") from None
    if _deeper(text, max_depth):
        raise _malformed(f"the body is nested deeper than {max_depth} levels", code="too-costly")
    if _may_repeat_a_name(text, content):
        json.loads(text, object_pairs_hook=_named_once, parse_int=str, parse_float=str)
    return content


def _deeper(text: bytes, max_depth: int) -> bool:
    """Whether JSON that is known to be valid has more levels: its brackets outside strings, peeled level by level."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = text.translate(_ONE_BRACKET, _NOT_STRUCTURE)
    brackets = marks.replace(b'""', b"")
    if b'"' in brackets:  # a string with a bracket in it
        brackets = _STRING.sub(b"", marks)
    for _ in range(max_depth):
        if not brackets:
            return False
        brackets = brackets.replace(b"{}", b"")
    return bool(brackets)


def _may_repeat_a_name(text: bytes, content: Any) -> bool:
    """False if every member of the text is in the parsed content too: then they print the same colons, in strings as
    between names and values, unless the text escapes a colon by number."""
    return b"\\u003" in text or text.count(b":") != orjson.dumps(content).count(b":")


def _named_once(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise _malformed(f"the name {name!r} stands twice in one object")
        seen.add(name)


def _malformed(message: str, code: str = "structure") -> Malformed:
    return Malformed(Issue(message, code=code, status=400))


# --- numbers

_EXACT_INTEGER_DIGITS: Final = 18


def _integer(text: str) -> int | Number:
    """An int where it prints as it was written and fits in 64 bits."""
    return Number(text) if text == "-0" or len(text.lstrip("-")) > _EXACT_INTEGER_DIGITS else int(text)


_DECODER: Final = json.JSONDecoder(parse_float=Number, parse_int=_integer)


def _exact(text: bytes) -> Any:
    return _DECODER.decode(text.decode())


def _printed(value: object) -> orjson.Fragment:
    if isinstance(value, Number) or (isinstance(value, Decimal) and value.is_finite()):
        return orjson.Fragment(str(value))
    raise TypeError(f"{value!r} is no JSON")


def _sorted(resource: Resource) -> bytes:
    return orjson.dumps(resource, default=_printed, option=orjson.OPT_SORT_KEYS)


def _unstamped(resource: Resource) -> Resource:
    bare = {name: value for name, value in resource.items() if name not in ("id", "meta")}
    meta = resource.get("meta")
    if isinstance(meta, dict):
        meta = {name: value for name, value in meta.items() if name not in ("versionId", "lastUpdated")}
    return bare | {"meta": meta} if meta else bare


# --- stamping

_ID, _VERSION, _UPDATED = 0, 1, 2
_STAMP: Final[list[bytes | int]] = [b'"versionId":', _VERSION, b',"lastUpdated":', _UPDATED]
_META: Final[list[bytes | int]] = [b'"meta":{', *_STAMP, b"}"]
_TYPE_FIRST: Final = re.compile(rb'\{[ \t\r\n]*"resourceType"[ \t\r\n]*:[ \t\r\n]*"[A-Za-z]+"')
_AS_STORED: Final = re.compile(
    rb'(\{"resourceType":"[A-Za-z]+","id":)"[A-Za-z0-9.-]+"(,"meta":\{"versionId":"[0-9]+","lastUpdated":"[0-9TZ:.+-]+"\})?'
)
_WALKER: Final = json.JSONDecoder(parse_float=str, parse_int=str)
_COLON: Final = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
_GAP: Final = re.compile(r"[ \t\r\n,]*")

Edit = tuple[int, int, list[bytes | int]]
"""Characters [start, end) of the text give way to these pieces (a number stands for the id, the version, the instant)."""


def _pieces(content: Resource, text: bytes) -> list[bytes | int]:
    as_stored = _AS_STORED.match(text)
    if as_stored and (as_stored[2] is not None) == ("meta" in content):  # made here, or as it was read here: not walked either
        return [as_stored[1], _ID, b",", *_META, text[as_stored.end() :]]
    if "id" in content or "meta" in content:
        return _woven(text.decode(), content)
    # Most creates: nothing of ours in the text yet, so it need not be walked.
    head = _TYPE_FIRST.match(text)
    ours: list[bytes | int] = [b'"id":', _ID, b",", *_META]
    if head:
        return [text[: head.end()] + b",", *ours, text[head.end() :]]
    rest = text[1:].lstrip(_BLANK)
    return [b"{", *ours, (b"" if rest == b"}" else b",") + rest]


def _woven(text: str, content: Resource) -> list[bytes | int]:
    edits: list[Edit] = []
    missing = {"id", "meta"}
    for name, start, end in _members(text, 0):
        if name == "id":
            edits.append((start, end, [_ID]))
        elif name == "meta":
            edits += _meta_edits(text, start, end, content["meta"])
        missing.discard(name)
        if not missing or missing.isdisjoint(content):
            break
    if "id" in missing:
        edits.insert(0, _id_edit())
    if "meta" in missing:
        after_id = edits[0][1]
        edits.append((after_id, after_id, [b",", *_META]))
    pieces: list[bytes | int] = []
    at = 0
    for start, end, new in edits:
        pieces += [text[at:start].encode(), *new]
        at = end
    return [*pieces, text[at:].encode()]


def _id_edit() -> Edit:
    """Of an object that has a meta, so it isn't empty."""
    return 1, 1, [b'"id":', _ID, b","]


def _meta_edits(text: str, start: int, end: int, meta: Any) -> list[Edit]:
    if not isinstance(meta, dict) or not meta:
        return [(start, end, [b"{", *_STAMP, b"}"])]
    values = {"versionId": _VERSION, "lastUpdated": _UPDATED}
    edits: list[Edit] = []
    for name, at, until in _members(text, start):
        if name in values:
            edits.append((at, until, [values.pop(name)]))
    for name, value in reversed(values.items()):
        edits.insert(0, (start + 1, start + 1, [f'"{name}":'.encode(), value, b","]))
    return edits


def _members(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of the value of each member of the object that starts here (valid JSON, not empty)."""
    at = start + 1
    while True:
        at = _after(_GAP, text, at)
        if text[at] == "}":
            return
        name, at = _WALKER.raw_decode(text, at)
        value_start = _after(_COLON, text, at)
        _, at = _WALKER.raw_decode(text, value_start)
        yield name, value_start, at


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
