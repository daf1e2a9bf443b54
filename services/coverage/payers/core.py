"""CAQH CORE's real-time envelopes around an X12 payload: SOAP and MIME (connectivity rule 2.2.0), or none but HTTP.

https://www.caqh.org/core/operating-rules: PayloadType, ProcessingMode, PayloadID, TimeStamp, SenderID, ReceiverID,
CORERuleVersion, Payload; the answer adds ErrorCode and ErrorMessage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from typing import Final
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .exchange import Answer, accepted
from .payer import Trouble

RULE: Final = "2.2.0"
NAMESPACE: Final = "http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd"
SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
SECURITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
REQUEST: Final = "X12_270_Request_005010X279A1"
SUCCESS: Final = "Success"
_BOUNDARY: Final = "careloom-core-envelope"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is sent: headers and body."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends to whom. `user` and `password` go into the envelope that has a place for them."""

    sender: str
    receiver: str
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """`seal(payload, id, now, sender)` and `open(answer)`, which raises Trouble for what is no answer."""

    seal: Callable[[bytes, str, datetime, Sender], Sealed]
    open: Callable[[Answer], bytes]


def _fields(id: str, now: datetime, sender: Sender) -> dict[str, str]:
    return {
        "PayloadType": REQUEST,
        "ProcessingMode": "RealTime",
        "PayloadID": id,
        "TimeStamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "SenderID": sender.sender,
        "ReceiverID": sender.receiver,
        "CORERuleVersion": RULE,
    }


def _soap(payload: bytes, id: str, now: datetime, sender: Sender) -> Sealed:
    fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in _fields(id, now, sender).items())
    token = (
        f'<wsse:Security xmlns:wsse="{SECURITY}" soap:mustUnderstand="true"><wsse:UsernameToken>'
        f"<wsse:Username>{escape(sender.user)}</wsse:Username><wsse:Password>{escape(sender.password)}</wsse:Password>"
        "</wsse:UsernameToken></wsse:Security>"
    )
    body = (
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Header>{token if sender.user else ""}</soap:Header><soap:Body>'
        f'<core:COREEnvelopeRealTimeRequest xmlns:core="{NAMESPACE}">{fields}<Payload>{escape(payload.decode())}</Payload>'
        "</core:COREEnvelopeRealTimeRequest></soap:Body></soap:Envelope>"
    )
    return Sealed({"Content-Type": 'application/soap+xml; charset=utf-8; action="RealTimeTransaction"'}, body.encode())


def _from_soap(answer: Answer) -> bytes:
    try:
        root = fromstring(answer.body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Trouble("payer-broken", f"no SOAP: {error!r}") from None
    accepted(answer)
    return _payload({_local(each): each.text or "" for each in root.iter()})


def _mime(payload: bytes, id: str, now: datetime, sender: Sender) -> Sealed:
    fields = _fields(id, now, sender) | ({"UserName": sender.user, "Password": sender.password} if sender.user else {})
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    last = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="Payload"\r\n\r\n'
    body = "".join(parts).encode() + last.encode() + payload + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return Sealed({"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}, body)


def _from_mime(answer: Answer) -> bytes:
    accepted(answer)
    head = f"Content-Type: {answer.headers.get('content-type', '')}\r\n\r\n".encode("ascii", "replace")
    message = BytesParser().parsebytes(head + answer.body)
    if not message.is_multipart():
        raise Trouble("payer-broken", "no multipart/form-data")
    return _payload({_name(part): _text(part) for part in message.get_payload() if isinstance(part, Message)})


def _plain(payload: bytes, _id: str, _now: datetime, _sender: Sender) -> Sealed:
    return Sealed({"Content-Type": "application/edi-x12", "Accept": "application/edi-x12"}, payload)


def _payload(fields: Mapping[str, str]) -> bytes:
    if fields.get("ErrorCode", SUCCESS) != SUCCESS:
        raise Trouble("payer-refused", f"{fields['ErrorCode']}: {fields.get('ErrorMessage', '')}"[:500])
    if not fields.get("Payload", "").strip():
        raise Trouble("payer-broken", "the envelope is empty")
    return fields["Payload"].strip().encode()


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _name(part: Message) -> str:
    return str(part.get_param("name", "", header="content-disposition"))


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


ENVELOPES: Mapping[str, Envelope] = {
    "plain": Envelope(_plain, accepted),
    "mime": Envelope(_mime, _from_mime),
    "soap": Envelope(_soap, _from_soap),
}
