"""CAQH CORE's envelopes, sealed and opened."""

from __future__ import annotations

from datetime import UTC, datetime
from email.parser import BytesParser

import pytest
from defusedxml.ElementTree import fromstring

from services.coverage.payers.core import ENVELOPES, NAMESPACE, SOAP, Sender
from services.coverage.payers.exchange import Answer
from services.coverage.payers.payer import Trouble

NOW = datetime(2026, 5, 11, 13, 0, tzinfo=UTC)
SENDER = Sender("HARBOR", "NORTHSTAR", "nadia", "pa<ss")
PAYLOAD = b"ISA*00*&<~"
FIELDS = {
    "PayloadType": "X12_270_Request_005010X279A1",
    "ProcessingMode": "RealTime",
    "PayloadID": "id-1",
    "TimeStamp": "2026-05-11T13:00:00Z",
    "SenderID": "HARBOR",
    "ReceiverID": "NORTHSTAR",
    "CORERuleVersion": "2.2.0",
}


def test_a_soap_envelope_says_who_sends_what_and_proves_it() -> None:
    sealed = ENVELOPES["soap"].seal(PAYLOAD, "id-1", NOW, SENDER)

    root = fromstring(sealed.body)
    request = root.find(f"{{{SOAP}}}Body/{{{NAMESPACE}}}COREEnvelopeRealTimeRequest")
    assert {each.tag: each.text for each in request} == FIELDS | {"Payload": PAYLOAD.decode()}
    assert [each.text for each in root.iter() if each.tag.endswith(("Username", "Password"))] == ["nadia", "pa<ss"]


def test_a_mime_envelope_has_a_part_for_each_field() -> None:
    sealed = ENVELOPES["mime"].seal(PAYLOAD, "id-1", NOW, SENDER)

    message = BytesParser().parsebytes(f"Content-Type: {sealed.headers['Content-Type']}\r\n\r\n".encode() + sealed.body)
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in message.get_payload()
    }
    said = {**FIELDS, "UserName": "nadia", "Password": "pa<ss"}
    assert parts == {name: value.encode() for name, value in said.items()} | {"Payload": PAYLOAD}


def soap(**fields: str) -> bytes:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><c:COREEnvelopeRealTimeResponse xmlns:c="{NAMESPACE}">{inner}'
        "</c:COREEnvelopeRealTimeResponse></s:Body></s:Envelope>"
    ).encode()


def mime(**fields: str) -> bytes:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    return "".join([*parts, "--b--\r\n"]).encode()


WRITERS = {"soap": (soap, "application/soap+xml"), "mime": (mime, "multipart/form-data; boundary=b")}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_payload_of_an_answer_is_taken_out(kind: str) -> None:
    write, type = WRITERS[kind]
    answer = Answer(200, {"content-type": type}, write(ErrorCode="Success", Payload="ISA*271~"))

    assert ENVELOPES[kind].open(answer) == b"ISA*271~"


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ErrorCode": "UnAuthorized", "ErrorMessage": "who are you", "Payload": ""}, "payer-refused"),
        ({"ErrorCode": "Success", "Payload": " "}, "payer-broken"),
        ({}, "payer-broken"),
    ],
)
def test_an_error_and_an_empty_envelope_are_no_answer(kind: str, fields: dict[str, str], code: str) -> None:
    write, type = WRITERS[kind]

    with pytest.raises(Trouble, match=code):
        ENVELOPES[kind].open(Answer(200, {"content-type": type}, write(**fields)))


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize("body", [b"<not", b"", b"\x00\x01", BOMB])
@pytest.mark.parametrize("kind", WRITERS)
def test_what_is_no_envelope_is_broken(kind: str, body: bytes) -> None:
    with pytest.raises(Trouble, match="payer-broken"):
        ENVELOPES[kind].open(Answer(200, {"content-type": "text/plain"}, body))
