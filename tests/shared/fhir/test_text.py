"""What was sent is what is stored: the exact text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fhir import text
from shared.fhir.refusal import Malformed

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
STAMP = '"meta":{"versionId":"3","lastUpdated":"2026-11-23T12:00:00.123Z"}'


def stamped(raw: str) -> str:
    return text.parse(raw.encode()).stamped("new", 3, NOON).decode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'{"a":NaN}',
        b'{"a":1e400}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b"{",
        b"[" * 5000,
        b'{"a":' * 64 + b"{}" + b"}" * 64,
        b'{"id":"a","id":"b"}',
        b'{"id":"a","\\u0069d":"b"}',
        b'{"a":"\\u003a","x":{"b":1,"b":2}}',
    ],
)
def test_what_is_no_resource_is_malformed_and_says_why(raw: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        text.parse(raw)

    assert refused.value.issues[0].status == 400
    assert refused.value.issues[0].message


def test_brackets_in_strings_are_no_depth() -> None:
    raw = orjson.dumps({"a": "[{" * 200 + '\\"', "b": ["]", "", '"{']})

    assert text.parse(raw).content == orjson.loads(raw)


def test_a_byte_order_mark_and_outer_blanks_are_dropped() -> None:
    assert text.parse(b'\xef\xbb\xbf \n{"a":1}\n').text == b'{"a":1}'


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("{}", '{"id":"new",' + STAMP + "}"),
        ('{"resourceType":"X"}', '{"resourceType":"X","id":"new",' + STAMP + "}"),
        ('{"resourceType":"X","id":"old","a":1.50}', '{"resourceType":"X","id":"new",' + STAMP + ',"a":1.50}'),
        (
            '{"resourceType":"X","id":"old","meta":{"versionId":"7","lastUpdated":"2026-01-01T00:00:00.000+01:00"},"a":1}',
            '{"resourceType":"X","id":"new",' + STAMP + ',"a":1}',
        ),
        (
            '{"resourceType":"X","id":"old","a":1,"meta":{"versionId":"7","lastUpdated":"2026-01-01T00:00:00Z"}}',
            '{"resourceType":"X","id":"new","a":1,' + STAMP + "}",
        ),
        (
            '{"resourceType":"X","id":"old","meta":{"versionId":"7","lastUpdated":"2026-01-01T00:00:00Z","tag":[{"code":"t"}]}}',
            '{"resourceType":"X","id":"new",' + STAMP[:-1] + ',"tag":[{"code":"t"}]}}',
        ),
        ('{ "a" : 1.50 }', '{"id":"new",' + STAMP + ',"a" : 1.50 }'),
        ('{"id" : "old"}', '{"id" : "new",' + STAMP + "}"),
        ('{"meta":{},"a":1}', '{"id":"new",' + STAMP + ',"a":1}'),
        ('{"a":{"id":"in"},"\\u0069d":"x"}', '{"a":{"id":"in"},"\\u0069d":"new",' + STAMP + "}"),
        (
            '{"id":"a","meta":{ "lastUpdated":"x", "tag":[{"code":"t"}] }}',
            '{"id":"new","meta":{"versionId":"3", "lastUpdated":"2026-11-23T12:00:00.123Z", "tag":[{"code":"t"}] }}',
        ),
    ],
)
def test_only_id_and_meta_change(raw: str, expected: str) -> None:
    assert stamped(raw) == expected


def test_a_second_stamp_is_as_good_as_the_first() -> None:
    draft = text.parse(b'{"id":"a","meta":{"versionId":"7"}}')

    draft.stamped("b", 1, NOON)

    assert orjson.loads(draft.stamped("c", 2, NOON)) == {
        "id": "c",
        "meta": {"versionId": "2", "lastUpdated": "2026-11-23T12:00:00.123Z"},
    }


names = st.sampled_from(["id", "meta", "versionId", "lastUpdated", "a", 'q"uote', "b{[", "é"]) | st.text(max_size=4)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(names, values, max_size=6), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_whatever_the_object_the_stamp_changes_nothing_else(content: dict[str, Any], indent: Any, escaped: bool) -> None:
    raw = json.dumps(content, indent=indent, ensure_ascii=escaped)
    if escaped:
        raw = raw.replace('"id"', '"\\u0069d"')
    try:
        draft = text.parse(raw.encode())
    except Malformed:
        return  # a surrogate on its own

    found = orjson.loads(draft.stamped("new", 3, NOON))

    meta = content.get("meta")
    kept = meta if isinstance(meta, dict) else {}
    stamp = {"versionId": "3", "lastUpdated": "2026-11-23T12:00:00.123Z"}
    assert found == content | {"id": "new", "meta": kept | stamp}
    assert draft.same_as(draft.stamped("x", 9, NOON)) or not isinstance(meta, dict | None)


@pytest.mark.parametrize(
    "number",
    ["1.0e2", "105.00", "1E+5", "-0.0", "-0", "0", "7", "1234567890123456789", "1" * 40, "0.1", "1e-7", "9" * 30 + ".50"],
)
def test_a_number_keeps_its_text(number: str) -> None:
    raw = f'{{"a":{number},"b":[{number}]}}'.encode()

    assert text.dump(text.load(raw)) == raw
    assert text.draft_of(text.load(raw)).text == raw


def test_a_loaded_number_calculates() -> None:
    price = text.load(b'{"a":105.00}')["a"]

    assert price == 105.0
    assert price * 2 == 210.0
    assert Decimal(str(price)) == Decimal("105.00")
    assert str(price) == "105.00"


def test_a_decimal_of_the_domain_is_printed_as_it_is() -> None:
    assert text.dump({"a": Decimal("1.10")}) == b'{"a":1.10}'


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ('{"id":"1","a":1}', '{ "a" : 1, "id":"2","meta":{"versionId":"4"}}', True),
        ('{"a":1.0}', '{"a":1.00}', False),
        ('{"a":1}', '{"a":true}', False),
        ('{"a":1}', '{"a":2}', False),
        ('{"meta":{"tag":[1]}}', '{"meta":{"versionId":"1","tag":[1]}}', True),
        ('{"meta":{"tag":[1]}}', '{"meta":{"tag":[2]}}', False),
    ],
)
def test_same_is_about_content_as_it_was_written(a: str, b: str, expected: bool) -> None:
    assert text.same(a.encode(), b.encode()) is expected
    assert text.parse(a.encode()).same_as(b.encode()) is expected


def test_an_instant_is_utc_to_the_millisecond() -> None:
    assert text.instant(datetime.fromisoformat("2026-11-23T13:00:00+01:00")) == "2026-11-23T12:00:00.000Z"
