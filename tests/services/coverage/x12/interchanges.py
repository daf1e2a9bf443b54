"""Interchanges for tests: legal and ordinary, but for what a test turns."""

from __future__ import annotations

from services.coverage.x12.answering import reply_to
from services.coverage.x12.control import ControlNumbers
from shared.kernel.settings import Settings
from shared.service import Deployed
from tests.services.town import Running

ASKING = (
    "TRN*1*2026-000771*9CLINIC001",
    "NM1*IL*1*LINDQVIST*RIVER****MI*NS-4471",
    "DMG*D8*19790312*M",
    "DTP*291*D8*20260520",
    "EQ*30",
)
"""Below the subscriber: who is asked about, on which day, and what."""


def a_270(*asking: str, control: str = "0001") -> list[str]:
    """A transaction set about one subscriber, ST to SE."""
    segments = [
        f"ST*270*{control}*005010X279A1",
        "BHT*0022*13*R-771*20260511*1300",
        "HL*1**20*1",
        "NM1*PR*2*NORTHSTAR HEALTH*****PI*NSTAR",
        "HL*2*1*21*1",
        "NM1*1P*2*HARBOUR REHABILITATION*****XX*1999999984",
        "HL*3*2*22*0",
        *(asking or ASKING),
    ]
    return [*segments, f"SE*{len(segments) + 1}*{control}"]


def an_interchange(*sets: list[str], version: str = "00501", guide: str = "005010X279A1", usage: str = "P") -> str:
    """The sets in one group, in the usual separators."""
    header = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'HARBOUR':15}*ZZ*{'NORTHSTAR':15}*260511*1300*^*{version}*000000771*0*{usage}*:",
        f"GS*HS*HARBOUR*NORTHSTAR*20260511*1300*771*X*{guide}",
    )
    body = [segment for each in sets or (a_270(),) for segment in each]
    return "~\n".join([*header, *body, f"GE*{len(sets) or 1}*771", "IEA*1*000000771"]) + "~\n"


def without(text: str, beginning: str) -> str:
    """The interchange without the segments that begin so; its count is mended."""
    lines = [line for line in text.splitlines() if not line.startswith(beginning)]
    gone = len(text.splitlines()) - len(lines)
    return "\n".join(_counted(line, gone) for line in lines) + "\n"


def _counted(line: str, gone: int) -> str:
    if not line.startswith("SE*"):
        return line
    _, count, control = line.split("*")
    return f"SE*{int(count) - gone}*{control}"


async def told(coverage: Running, question: str | bytes, numbers: ControlNumbers | None = None) -> list[list[str]]:
    """The segments of the answer, each as its elements."""
    deployed = Deployed(coverage.service, coverage.store, Settings(), coverage.clock)
    data = question if isinstance(question, bytes) else question.encode("latin-1")
    reply = await reply_to(data, deployed, numbers or ControlNumbers(coverage.store))
    body = reply.body.decode("latin-1")
    element, terminator = body[3], body[105]
    return [segment.split(element) for segment in body.split(terminator) if segment]


def found(segments: list[list[str]], id: str) -> list[list[str]]:
    return [each[1:] for each in segments if each[0] == id]
