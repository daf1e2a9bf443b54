"""`POST /x12/270`: the payer's counter for those who speak X12. CAQH CORE 270: real time, an answer within 20 seconds."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Final

from shared.fhir.refusal import UnsupportedMedia
from shared.kernel.meter import Meter
from shared.rest.beside import Page, Said, Sent, counter
from shared.service import Deployed

from .answering import reply_to
from .control import ControlNumbers

TAKEN: Final = ("application/edi-x12", "text/plain", "application/octet-stream")

SECONDS = Meter("careloom_x12_seconds", "From a 270's arrival to its answer (CAQH CORE: 20 s).", ("outcome",), "seconds")


def routes(deployed: Deployed) -> Sequence[Page]:
    numbers = ControlNumbers(deployed.store)

    async def inquire(sent: Sent) -> Said:
        """In the type of the question. Raises UnsupportedMedia, Malformed."""
        began, media = perf_counter(), _media(sent)
        reply = await reply_to(sent.body, deployed, numbers)
        deployed.meters.time(SECONDS, perf_counter() - began, reply.outcome)
        return Said(reply.body, media)

    return (counter(deployed, "/x12/270", inquire),)


def _media(sent: Sent) -> str:
    """X12's own where none is said."""
    said = sent.media or TAKEN[0]
    if said.partition(";")[0].strip().lower() not in TAKEN:
        raise UnsupportedMedia(f"an interchange is sent as {', '.join(TAKEN)}, not as {said}")
    return said
