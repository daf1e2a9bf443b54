"""The body of a request, as far as it may go."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Message, Receive

from shared.fhir.refusal import Malformed, TooLarge, UnsupportedMedia


async def body_of(receive: Receive, headers: Mapping[str, str], most: int) -> bytes:
    """All bytes of the body. Raises TooLarge as soon as more than `most` are announced or have come, and reads no further.

    Raises UnsupportedMedia for a compressed one.
    """
    if (encoding := headers.get("content-encoding", "identity")) != "identity":
        raise UnsupportedMedia(f"a body in the encoding {encoding} is not taken here")
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most:
        raise TooLarge(f"a body of {announced} bytes is larger than {most} bytes, the most that is taken")
    message = await receive()
    first: bytes = message.get("body", b"")
    if not message.get("more_body") and message["type"] == "http.request" and len(first) <= most:
        return first
    return await _rest(receive, message, most)


async def _rest(receive: Receive, message: Message, most: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise Malformed("the client left before its body had come")
        piece: bytes = message.get("body", b"")
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise TooLarge(f"the body is larger than {most} bytes, the most that is taken")
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()
