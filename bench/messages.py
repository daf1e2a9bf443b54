"""The messages of a hospital's feed: stays that begin, are corrected and end, each a hundred messages apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from services.intake.hl7v2.framing import framed

_BEGAN = datetime(2026, 5, 11, tzinfo=UTC)
_APART = 50
_FAMILIES = ("Lindqvist", "Okafor", "Tanaka", "Haddad", "Duarte", "Abara", "Castellanos", "Nowak")


def feed(first: int, _stored: int) -> Iterator[bytes]:
    """Frames with A01, A08 and A03 in turn."""
    for number in count(first):
        yield framed(message("A01", number, number))
        yield framed(message("A08", number, number - _APART))
        yield framed(message("A03", number, number - 2 * _APART))


def message(event: str, number: int, stay: int) -> bytes:
    """The event of a stay; `number` makes it another one."""
    at = _BEGAN + timedelta(seconds=number % 10_000_000)
    began = _BEGAN + timedelta(seconds=stay % 10_000_000)
    end = f"{at:%Y%m%d%H%M%S}+0000" if event == "A03" else ""
    family, street = _FAMILIES[stay % 8], f"{stay % 900} Harbor Lane^^Portland^ME^04101^USA^H"
    born, phone = f"{1930 + stay % 80}{1 + stay % 12:02}{1 + stay % 28:02}", f"^PRN^PH^^1^207^{5_550_000 + stay % 9999}"
    lines = (
        f"MSH|^~\\&|ADT|MERCY|CARE|HARBOR|{at:%Y%m%d%H%M%S}+0000||ADT^{event}^ADT_A01|{event}{number}|P|2.5.1",
        f"EVN|{event}|{at:%Y%m%d%H%M%S}+0000|||desk{stay % 7}",
        f"PID|1||{stay:09}^^^MERCY^MR||{family}^River{stay % 1000}^A||{born}|O|||{street}||{phone}|||M||{stay:09}^^^MERCY^AN",
        f"NK1|1|{family}^Ana|SPO^Spouse^HL70063|{street}|{phone}",
        f"PV1|1|I|4E^{stay % 40}^{stay % 2 + 1}^MERCY||||{stay % 60:05}^Haddad^Omar^^^Dr|||MED||||2||||IN|V{stay:09}^^^MERCY^VN"
        + "|" * 25
        + f"{began:%Y%m%d%H%M%S}+0000|{end}",
        "DG1|1||S06.9X0A^Unspecified intracranial injury^I10||20260511|A",
    )
    return "".join(f"{line}\r" for line in lines).encode()
