"""An event keeps everything on its way through a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from string import ascii_letters, digits
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import envelope
from shared.events.envelope import Message, Unreadable
from shared.events.event import Event

NOON = datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC)
DISCHARGED = Event(
    id="0193b6f2-8c5a-7bbb-8000-1b9f6f1d7f3e",
    type="Encounter",
    name="discharged",
    subject="2.16.840.1.113883.19.5",
    version=3,
    time=NOON,
    source="/careloom/intake",
    text=b'{"resourceType":"Encounter"}',
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    causation="request-7",
)

ids = st.text(ascii_letters + digits + "-.", min_size=1, max_size=64)
words = st.text(min_size=1, max_size=40).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)
milliseconds = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
events = st.builds(
    Event,
    id=words,
    type=st.sampled_from(["Patient", "Encounter", "ExplanationOfBenefit"]),
    name=st.sampled_from(["created", "deleted", "discharged", "proposed"]),
    subject=ids,
    version=st.integers(0, 10**12),
    time=milliseconds,
    source=words,
    text=st.binary(max_size=200),
    traceparent=st.just("") | words,
    causation=st.just("") | words,
    headers=st.dictionaries(st.sampled_from(["care-handover", "care-proposal", "care-for"]), words),
)


@given(events)
def test_an_event_comes_out_of_its_message_as_it_went_in(event: Event) -> None:
    assert envelope.event(envelope.message(event)) == event


@given(events)
def test_header_values_are_printable_ascii_without_blanks(event: Event) -> None:
    for value in envelope.message(event).headers.values():
        assert value
        assert all("!" <= character <= "~" for character in value)


@given(words | st.text("".join(map(chr, range(128))), min_size=1))
def test_a_header_value_is_percent_encoded_where_it_must_be(value: str) -> None:
    headers = envelope.message(replace(DISCHARGED, causation=value)).headers

    assert headers["care-causation"] == quote(value, safe="!#$&'()*+,-./:;<=>?@[\\]^_`{|}~")


@given(events)
def test_a_subject_has_four_tokens(event: Event) -> None:
    tokens = envelope.message(event).subject.split(".")

    assert len(tokens) == 4
    assert all(tokens)


def test_the_message_is_a_cloud_event_in_binary_mode() -> None:
    message = envelope.message(DISCHARGED)

    assert message.subject == "care.Encounter.discharged.2_16_840_1_113883_19_5"
    assert message.body == DISCHARGED.text
    assert message.headers == {
        "Nats-Msg-Id": DISCHARGED.id,
        "ce-specversion": "1.0",
        "ce-id": DISCHARGED.id,
        "ce-type": "careloom.Encounter.discharged.v1",
        "ce-source": "/careloom/intake",
        "ce-subject": "Encounter/2.16.840.1.113883.19.5/_history/3",
        "ce-time": "2026-11-23T12:00:00.123Z",
        "content-type": "application/fhir+json",
        "traceparent": DISCHARGED.traceparent,
        "care-causation": "request-7",
    }


def test_a_body_to_be_fetched_does_not_travel() -> None:
    message = envelope.message(DISCHARGED, fetch="http://127.0.0.1:8001/fhir/Encounter/e1/_history/3")

    assert message.body == b""
    assert envelope.event(message).headers == {"care-fetch": "http://127.0.0.1:8001/fhir/Encounter/e1/_history/3"}


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce-specversion", "0.3"),
        ("ce-id", ""),
        ("ce-type", "careloom.Encounter.discharged.v2"),
        ("ce-type", "careloom.Patient.discharged.v1"),
        ("ce-subject", "Encounter/e1/_history/3"),
        ("ce-subject", "Encounter/../_history/3"),
        ("ce-subject", "Encounter"),
        ("ce-time", "yesterday"),
    ],
)
def test_what_is_no_event_of_ours_is_unreadable(header: str, value: str) -> None:
    message = envelope.message(DISCHARGED)

    with pytest.raises(Unreadable):
        envelope.event(replace(message, headers={**message.headers, header: value}))


def test_a_message_without_headers_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        envelope.event(Message("care.Patient.created.p1", {}, b"{}"))
