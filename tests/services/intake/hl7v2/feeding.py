"""A feed for tests: messages with one knob each, applied to the intake service as the listener does it."""

from __future__ import annotations

from services.intake.hl7v2.mapping import Made, apply
from services.intake.hl7v2.message import parse
from shared.store.transaction import Transaction
from tests.services.town import Resource, Running

MRN, VISIT = "urn:careloom:authority:HOSP|4711", "urn:careloom:authority:HOSP|V1"


def a_message(event: str = "A01", *segments: str, at: str = "20260511142000", code: str = "ADT", **fields: str) -> bytes:
    """An ADT message, by default of an inpatient in bed 2 of ward 4; `segments` come after PV1.

    `fields` replace what is between braces: mrn, visit, place, prior, kind (PV1-2), admitted (PV1-44), left (PV1-45).
    """
    usual = {"mrn": "4711", "visit": "V1", "place": "WARD4^12^2^HOSP", "prior": "", "kind": "I", "admitted": "", "left": ""}
    said = usual | fields
    head = [
        rf"MSH|^~\&|ADT|HOSP|CARE|CARE|{at}||{code}^{event}|C{event}{at}|P|2.5.1",
        f"EVN|{event}|{at}",
        f"PID|1||{said['mrn']}^^^HOSP^MR||LINDQVIST^RIVER^A||19870423|F|||12 HARBOR ROAD^^PORTLAND^ME^04101^USA^H",
    ]
    visit = ["", "1", said["kind"], said["place"], *[""] * 41]
    visit[6], visit[19], visit[44] = said["prior"], f"{said['visit']}^^^HOSP^VN", said["admitted"]
    pv1 = "|".join(["PV1", *visit[1:45], said["left"]])
    return "\r".join([*head, *([pv1] if said["visit"] else []), *segments]).encode()


async def feed(intake: Running, *messages: bytes) -> list[Made]:
    """Each message in a unit of work of its own, in this order."""
    made = []
    for raw in messages:
        message = parse(raw)

        def work(tx: Transaction) -> Made:
            return apply(message, tx)  # noqa: B023  # the unit runs before the next message is read

        made.append(await intake.store.unit(work))
    return made


async def the_visit(intake: Running, number: str = VISIT) -> Resource:
    return await intake.one(f"Encounter?identifier={number}")


async def the_patient(intake: Running, number: str = MRN) -> Resource:
    return await intake.one(f"Patient?identifier={number}")
