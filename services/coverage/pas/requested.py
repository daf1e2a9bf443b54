"""What a Claim asks to be authorized, item by item: pure. http://hl7.org/fhir/R4/claim.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.coverage.asked import wanted_of
from services.coverage.question import Wanted
from shared.fhir import text
from shared.fhir.element import codes_in, extension, target_of
from shared.fhir.issue import Resource

from .codes import CANCEL, CANCELLED, CERTIFICATION, CERTIFICATIONS, CHANGED, LEVEL, LEVELS, NPI, PRIORITY, URGENT

_SERVICE: Final = ("category", "productOrService", "modifier", "revenue")
MOST: Final = 9999
"""Nobody is granted more visits of one service."""

_FLAGS: Final = (CHANGED, CERTIFICATION)


@dataclass(frozen=True, slots=True)
class Item:
    """`service` is equal for the same service, `content` for the same in the same quantity at the same time."""

    sequence: int
    wanted: Wanted
    visits: int
    service: bytes
    content: bytes
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules may know besides an item: codes of diagnoses, NPIs of who asks or treats, whether there is something to
    read."""

    diagnoses: tuple[str, ...] = ()
    providers: frozenset[str] = frozenset()
    papers: bool = False


def items_of(claim: Mapping[str, Any]) -> dict[int, Item]:
    """By sequence, which stays the same through all versions of a request."""
    return {item.sequence: item for item in map(_item, claim.get("item", ()))}


def facts_of(claim: Mapping[str, Any]) -> Facts:
    diagnoses = (each.get("diagnosisCodeableConcept", {}) for each in claim.get("diagnosis", ()))
    codes = tuple(coding["code"] for each in diagnoses for coding in each.get("coding", ()) if "code" in coding)
    return Facts(codes, frozenset(_npis(claim)), bool(claim.get("supportingInfo")))


def is_expedited(claim: Mapping[str, Any]) -> bool:
    """Whether waiting seven days could harm: CMS-0057-F, 42 CFR 422.568(b)(1) and 422.572(a)."""
    return "stat" in codes_in(claim["priority"], PRIORITY) or any(code in URGENT for code in _codes(claim, LEVEL, LEVELS))


def certification(element: Mapping[str, Any]) -> str:
    """X12 1322 of a Claim or an item: I initial, 1 and 2 appeal, 3 cancel, 4 extension, R renewal, S revised; "" if none."""
    return next(iter(_codes(element, CERTIFICATION, CERTIFICATIONS)), "")


def service_of(claim: Mapping[str, Any]) -> str:
    """The id of the ServiceRequest that a Claim is for; "" if it names none."""
    type, _, id = target_of(claim.get("referral")).partition("/")
    return id if type == "ServiceRequest" else ""


def coverage_of(claim: Mapping[str, Any]) -> str:
    """`Coverage/<id>` of the insurance that decides; "" if it isn't known."""
    insurances = claim.get("insurance", ())
    focal: Mapping[str, Any] = next((each for each in insurances if each.get("focal")), next(iter(insurances), {}))
    return target_of(focal.get("coverage"))


def _item(item: Resource) -> Item:
    wanted = wanted_of(item)
    flagged = any(each["url"] == CANCELLED and each.get("valueBoolean") for each in item.get("modifierExtension", ()))
    extensions = [each for each in item.get("extension", ()) if each["url"] not in _FLAGS]
    content = {name: value for name, value in item.items() if name not in ("extension", "modifierExtension")}
    return Item(
        sequence=item["sequence"],
        wanted=wanted,
        visits=max(0, min(MOST, 1 if wanted.quantity is None else wanted.quantity)),
        service=text.dump({name: item[name] for name in _SERVICE if name in item}),
        content=text.dump(content | {"extension": extensions}),
        cancelled=flagged or certification(item) == CANCEL,
    )


def _codes(element: Mapping[str, Any], url: str, system: str) -> list[str]:
    """Of an extension that holds a CodeableConcept, whatever somebody has put there."""
    found = extension(element, url)
    return codes_in(found, system) if isinstance(found, Mapping) else []


def _npis(claim: Mapping[str, Any]) -> Iterator[str]:
    for reference in (claim["provider"], *(each["provider"] for each in claim.get("careTeam", ()))):
        named = reference.get("identifier", {})
        if named.get("system") == NPI and "value" in named:
            yield named["value"]
