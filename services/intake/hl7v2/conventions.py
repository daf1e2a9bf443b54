"""What a site has agreed with its senders: which time zone they mean, and which system their numbers are of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from shared.kernel.settings import Settings

from .message import Message, parse
from .moment import Zones

Read = Callable[[bytes], Message]


def reader(settings: Settings) -> Read:
    """Reads messages by CARE_HL7V2_ZONES and CARE_HL7V2_AUTHORITIES. Raises ValueError for a setting that can't be meant."""
    return partial(parse, zones=Zones.of(settings.hl7v2_zones), authorities=authorities_of(settings.hl7v2_authorities))


def authorities_of(setting: str) -> dict[str, str]:
    """From `HOSP=http://hospital.example/mrn,LAB=urn:oid:1.2.3`: the system by the name of the assigning authority."""
    found = {}
    for part in filter(None, map(str.strip, setting.split(","))):
        name, _, system = part.partition("=")
        if not name or ":" not in system:
            raise ValueError(f"{part!r} is no assigning authority and its system, such as HOSP=http://hospital.example/mrn")
        found[name] = system
    return found
