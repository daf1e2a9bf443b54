"""`Patient/$member-match`: which of our members somebody's insurance card belongs to. HL7 Da Vinci HRex 1.1

Deterministic: the number on the card, the family name and the date of birth, and the given name where more than one is left.
Exactly one, or 422. Whoever keeps guessing about a person, or about a card, has to wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from shared.fhir import text
from shared.fhir.element import concept, target_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import TooMany, Unprocessable
from shared.service import Call, Deployed
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View

from .asked import number_of, person_of
from .days import period_of
from .members import with_number
from .question import Person
from .vocabulary import MEMBER_NUMBER

KIND: Final = "member-match"
MATCHED, FAILED = "matched", "failed"
MOST_FAILURES: Final = 5
WINDOW: Final = timedelta(minutes=15)
"""After so many failures about one person, or one card, in this time the next has to wait until the first is older."""

MEMBER_IDENTIFIER: Final = "http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp"
SENSITIVE: Final = "#sensitive"
"""The consent policy that everything may be shared under; what is sensitive can't be told apart here."""

PARAMETERS: Final = {
    "MemberPatient": "Patient",
    "CoverageToMatch": "Coverage",
    "CoverageToLink": "Coverage",
    "Consent": "Consent",
}
NEEDED: Final = ("MemberPatient", "CoverageToMatch")


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters, by their resources."""

    patient: Resource
    card: Resource
    link: Resource | None
    consent: Resource | None

    @property
    def person(self) -> Person:
        return person_of(self.patient)

    @property
    def keys(self) -> dict[str, str]:
        """What failures are counted by: nobody can be read from it."""
        person = self.person
        return {
            "person": _digest(person.family.casefold(), person.birth_date),
            "card": _digest(number_of(self.card)),
        }


async def match(call: Call, deployed: Deployed) -> Resource:
    """Parameters with `MemberIdentifier` and `MemberId`.

    Raises Unprocessable where not exactly one member is meant or the consent can't be kept; TooMany for who keeps guessing.
    """
    asked = _asked(call)
    found = await deployed.store.unit(lambda tx: _noted(asked, tx), caller=call.caller)
    if isinstance(found, str):
        raise Unprocessable(found)
    if isinstance(found, timedelta):
        said = "too many attempts about this person or this card have failed; try again later"
        raise TooMany(said, headers={"Retry-After": str(int(found.total_seconds()) + 1)})
    return found


def _asked(call: Call) -> Asked:
    found = {name: call.parameter(name) for name in PARAMETERS}
    issues = [issue for name, value in found.items() if (issue := _wrong(name, value))]
    if issues:
        raise Unprocessable(*issues)
    asked = Asked(*found.values())
    _be_enough(asked)
    return asked


def _wrong(name: str, value: Any) -> Issue | None:
    path, type = f"Parameters.parameter.where(name='{name}')", PARAMETERS[name]
    if value is None:
        return Issue(f"{name} is needed: a {type}", path, "required") if name in NEEDED else None
    is_one = isinstance(value, dict) and value.get("resourceType") == type
    return None if is_one else Issue(f"{name} is a {type}", path, "invalid")


def _be_enough(asked: Asked) -> None:
    person = asked.person
    needed = {
        "MemberPatient.name.family": person.family,
        "MemberPatient.birthDate": person.birth_date,
        "CoverageToMatch, the member's number": number_of(asked.card),
    }
    missing = [Issue(f"{name} is needed to find a member", name, "required") for name, value in needed.items() if not value]
    if missing:
        raise Unprocessable(*missing)


def _noted(asked: Asked, tx: Transaction) -> Resource | str | timedelta:
    """The answer, why there is none, or how long to wait. Every attempt is kept, and audited."""
    if (wait := _wait(asked, tx)) > timedelta(0):
        _audit(tx, "8", "slowed")
        return wait
    why = _against_the_consent(asked.consent, tx.now)
    members = [] if why else _members(asked, tx)
    if not why and len(members) != 1:
        why = "more than one member fits" if members else "no member fits"
    tx.record(KIND, tx.new_id(), FAILED if why else MATCHED, asked.keys, _kept(asked, members, why))
    _audit(tx, "4" if why else "0", why or members[0][0])
    return why or _answer(*members[0], asked)


def _wait(asked: Asked, view: View) -> timedelta:
    return max(_until(view.records(KIND, FAILED, key, MOST_FAILURES), view.now) for key in asked.keys.items())


def _until(failures: list[Record], now: datetime) -> timedelta:
    if len(failures) < MOST_FAILURES:
        return timedelta(0)
    return failures[-1].updated + WINDOW - now


def _members(asked: Asked, view: View) -> list[tuple[str, Resource]]:
    """Whom the card fits: (Patient/id, their newest Coverage)."""
    fitting: dict[str, tuple[Person, Resource]] = {}
    for coverage in with_number(number_of(asked.card), view):
        target = target_of(coverage["beneficiary"])
        patient = view.read(*target.split("/")) if target else None
        if patient and _is_the_same(asked.person, known := person_of(patient)):
            fitting[target] = known, coverage
    if len(fitting) > 1:
        fitting = {target: each for target, each in fitting.items() if _given(each[0]) == _given(asked.person)}
    return [(target, coverage) for target, (_, coverage) in fitting.items()]


def _is_the_same(asked: Person, known: Person) -> bool:
    return (
        asked.birth_date == known.birth_date
        and _letters(asked.family) == _letters(known.family)
        and (not asked.gender or not known.gender or asked.gender == known.gender)
    )


def _given(person: Person) -> str:
    return _letters(next(iter(person.given), ""))


def _letters(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())


def _against_the_consent(consent: Resource | None, now: datetime) -> str:
    """Why a consent can't be kept; "" if it can, or none was sent."""
    if consent is None:
        return ""
    provision = consent.get("provision", {})
    if consent["status"] != "active":
        return f"the consent is {consent['status']}"
    if provision.get("type") == "deny":
        return "the consent denies what it is sent for"
    if now.date() not in period_of(provision.get("period")):
        return "the consent does not cover this day"
    policies = [each.get("uri", "") for each in consent.get("policy", ())]
    if policies and not any(each.endswith(SENSITIVE) for each in policies):
        return "the consent leaves out what is sensitive, and that can't be told apart here"
    return ""


def _answer(patient: str, coverage: Resource, asked: Asked) -> Resource:
    number = number_of(coverage) or number_of(asked.card)
    systems = (each.get("system") for each in coverage.get("identifier", ()) if each.get("value") == number)
    system = next(filter(None, systems), "")
    identifier = {"type": concept(MEMBER_IDENTIFIER, "UMB"), "system": system or MEMBER_NUMBER, "value": number}
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "MemberIdentifier", "valueIdentifier": identifier},
            {"name": "MemberId", "valueReference": {"reference": patient}},
        ],
    }


def _kept(asked: Asked, members: list[tuple[str, Resource]], why: str) -> dict[str, Any]:
    """What later questions need: whose consent to what, and how the other payer knows the member."""
    if why:
        return {"why": why}
    return {"member": members[0][0], **dict(_linked(asked))}


def _linked(asked: Asked) -> Iterator[tuple[str, Any]]:
    if asked.link:
        yield "linked", {"number": number_of(asked.link), "payor": [target_of(each) for each in asked.link.get("payor", ())]}
    if asked.consent:
        yield "consent", {name: asked.consent[name] for name in ("provision", "policy", "dateTime") if name in asked.consent}


def _audit(tx: Transaction, outcome: str, said: str) -> None:
    """http://hl7.org/fhir/R4/auditevent.html"""
    tx.create(
        {
            "resourceType": "AuditEvent",
            "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
            "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "operation", "display": "$member-match"}],
            "action": "E",
            "recorded": text.instant(tx.now),
            "outcome": outcome,
            "outcomeDesc": said,
            "agent": [{"who": {"display": tx.caller.id}, "requestor": True}],
            "source": {"observer": {"display": "coverage"}},
        }
    )


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
