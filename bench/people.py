"""Made-up people with known truth, for measuring how well patients are told apart: households, twins, juniors, slips of the pen.

The same seed gives the same people. No name or number is anybody's.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from services.intake.matching.weights import CALLED

Patient = dict[str, Any]

_NAMES: Final = json.loads(Path(__file__).with_name("names.json").read_text())
WOMEN: Final[Sequence[str]] = _NAMES["women"]
MEN: Final[Sequence[str]] = _NAMES["men"]
FAMILIES: Final = tuple(f"{begin}{end}".title() for end in _NAMES["end"] for begin in _NAMES["begin"])
STREETS: Final = ("Oak", "Birch", "Cedar", "Mill", "Lake", "Church", "Station", "River", "Hill", "Park", "Elm", "Spring")
KINDS: Final = (("Street", "St"), ("Avenue", "Ave"), ("Road", "Rd"), ("Lane", "Ln"), ("Drive", "Dr."))
CITIES: Final = tuple(f"{name} {kind}" for kind in ("Falls", "Harbor", "Grove") for name in ("North", "Lower", "Saint", "Old"))

SSN: Final = "http://hl7.org/fhir/sid/us-ssn"
TODAY: Final = date(2026, 5, 11)


@dataclass(frozen=True, slots=True)
class Asked:
    """A description, and the id of the stored patient whom it is of; "" for somebody who is not stored."""

    patient: Patient
    truth: str


@dataclass(frozen=True, slots=True)
class People:
    stored: list[Patient]
    asked: list[Asked]


def people(count: int, seed: int = 7) -> People:
    """So many stored patients; every third of them is asked for once, as another hospital has it, and of every household with
    more than two somebody who is not stored."""
    dice = random.Random(seed)
    stored: list[Patient] = []
    strangers: list[Patient] = []
    while len(stored) < count:
        members = list(_household(dice))
        if len(members) > 2 and dice.random() < 0.5:
            strangers.append(members.pop(dice.randrange(len(members))))
        stored += members
    del stored[count:]
    for number, patient in enumerate(stored):
        patient["id"] = f"person-{number:06}"
    known = [Asked(_elsewhere(patient, dice), patient["id"]) for patient in dice.sample(stored, count // 3)]
    return People(stored, known + [Asked(_elsewhere(patient, dice), "") for patient in strangers])


def _household(dice: random.Random) -> Iterator[Patient]:
    family, address = _often(FAMILIES, dice), _address(dice)
    phone = _phone(dice) if dice.random() < 0.4 else ""
    payer = f"urn:bench:payer:{dice.randrange(5)}"
    member = f"W{dice.randrange(10**8):08}" if dice.random() < 0.6 else ""

    def one(gender: str, born: date, given: str = "", suffix: str = "") -> Patient:
        names = WOMEN if gender == "female" else MEN
        parts = [(given or _often(names, dice)).title()] + ([_often(names, dice).title()] if dice.random() < 0.6 else [])
        name: dict[str, Any] = {"family": family, "given": parts} | ({"suffix": [suffix]} if suffix else {})
        mobile = _phone(dice) if born.year < 2012 and dice.random() < 0.6 else ""
        mail = f"{parts[0]}.{family}{dice.randrange(90)}@example.org".lower() if born.year < 2010 and dice.random() < 0.5 else ""
        telecoms = [{"system": "phone", "value": each} for each in (phone, mobile) if each]
        numbers = [{"system": "urn:bench:mrn:a", "value": f"A{dice.randrange(10**9):09}"}]
        numbers += [{"system": payer, "value": member}] if member else []
        numbers += [{"system": SSN, "value": f"9{dice.randrange(10**8):08}"}] if dice.random() < 0.35 else []
        made = {
            "resourceType": "Patient",
            "identifier": numbers,
            "name": [name],
            "gender": gender,
            "birthDate": born.isoformat(),
            "address": [deepcopy(address)],
            "telecom": telecoms + ([{"system": "email", "value": mail}] if mail else []),
        }
        return {element: value for element, value in made.items() if value}

    sex = dice.choice(("female", "male"))
    first = one(sex, _born(dice, 22, 90))
    yield first
    kind = dice.random()
    if kind < 0.3:
        return
    yield one("male" if sex == "female" else "female", _near(first["birthDate"], dice, 12))
    if kind < 0.55:
        return
    yield from _children(first, one, dice)


def _children(parent: Patient, one: Callable[..., Patient], dice: random.Random) -> Iterator[Patient]:
    for _ in range(dice.randint(1, 3)):
        born = date.fromisoformat(parent["birthDate"]) + timedelta(days=365 * dice.randint(19, 40) + dice.randrange(365))
        if born > TODAY:
            continue
        sex = dice.choice(("female", "male"))
        junior = sex == parent["gender"] and dice.random() < 0.15
        given = parent["name"][0]["given"][0] if junior else ""
        child = one(sex, born, given, "Jr" if junior and dice.random() < 0.5 else "")
        yield child
        if dice.random() < 0.06:
            twin = one(dice.choice(("female", "male")), born)
            if twin["name"][0]["given"][0] != child["name"][0]["given"][0]:
                yield twin


def _elsewhere(patient: Patient, dice: random.Random) -> Patient:
    """As another hospital has the same person: fewer numbers, other writing, and up to three things that went wrong."""
    made = deepcopy(patient)
    made.pop("id", None)
    numbers = [each for each in made["identifier"] if each["system"] != "urn:bench:mrn:a" and dice.random() < 0.5]
    made["identifier"] = [{"system": "urn:bench:mrn:b", "value": f"B{dice.randrange(10**9):09}"}, *numbers]
    name = made["name"][0]
    if dice.random() < 0.3:
        name["family"], name["given"] = name["family"].upper(), [part.upper() for part in name["given"]]
    if len(name["given"]) > 1 and dice.random() < 0.5:
        name["given"] = [name["given"][0], *([name["given"][1][0]] if dice.random() < 0.5 else ())]
    if dice.random() < 0.5:
        made["address"][0]["line"] = [_rewritten(made["address"][0]["line"][0])]
    wrongs = dice.choices((0, 1, 2, 3), (30, 35, 23, 12))[0]
    for wrong in dice.choices(list(WRONG), list(WRONG.values()), k=wrongs):
        wrong(made, dice)
    return made


def _slip(word: str, dice: random.Random) -> str:
    """One letter left out, doubled, changed, or two exchanged; seldom the first."""
    place = dice.randrange(1, len(word)) if len(word) > 2 else 0
    kind = dice.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    if kind == 2:
        return word[:place] + dice.choice("aeiounrst") + word[place + 1 :]
    return word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :] if place else word


def _slip_in_family(made: Patient, dice: random.Random) -> None:
    made["name"][0]["family"] = _slip(made["name"][0]["family"], dice)


def _slip_in_given(made: Patient, dice: random.Random) -> None:
    made["name"][0]["given"][0] = _slip(made["name"][0]["given"][0], dice)


def _short_name(made: Patient, dice: random.Random) -> None:
    given = made["name"][0]["given"]
    known = sorted(CALLED.get(given[0].lower(), {given[0].lower()}))
    given[0] = dice.choice(known).title()


def _names_swapped(made: Patient, _: random.Random) -> None:
    name = made["name"][0]
    name["family"], name["given"] = name["given"][0], [name["family"], *name["given"][1:]]


def _married(made: Patient, dice: random.Random) -> None:
    if made["gender"] == "female" and made.get("birthDate", "9999") < "2005":
        family = dice.choice(FAMILIES)
        made["name"][0]["family"] = f"{made['name'][0]['family']}-{family}" if dice.random() < 0.3 else family


def _moved(made: Patient, dice: random.Random) -> None:
    made["address"] = [_address(dice)]


def _other_phone(made: Patient, dice: random.Random) -> None:
    made["telecom"] = [{"system": "phone", "value": _phone(dice)}]


def _no_telecom(made: Patient, _: random.Random) -> None:
    made.pop("telecom", None)


def _no_address(made: Patient, _: random.Random) -> None:
    made.pop("address", None)


def _no_gender(made: Patient, dice: random.Random) -> None:
    made["gender"] = dice.choice(("unknown", "male", "female"))


def _no_birth_date(made: Patient, _: random.Random) -> None:
    made.pop("birthDate", None)


def _day_and_month_swapped(made: Patient, _: random.Random) -> None:
    year, month, day = made.get("birthDate", "2000-01-01").split("-")
    if int(day) <= 12 and "birthDate" in made:
        made["birthDate"] = f"{year}-{day}-{month}"


def _slip_in_birth_date(made: Patient, dice: random.Random) -> None:
    if "birthDate" in made:
        born = date.fromisoformat(made["birthDate"])
        made["birthDate"] = dice.choice((born.replace(day=born.day % 28 + 1), _near_year(born, dice))).isoformat()


WRONG: Final[Mapping[Callable[[Patient, random.Random], None], int]] = {
    _slip_in_family: 14,
    _slip_in_given: 12,
    _short_name: 10,
    _names_swapped: 3,
    _married: 6,
    _moved: 14,
    _other_phone: 12,
    _no_telecom: 8,
    _no_address: 6,
    _no_gender: 4,
    _no_birth_date: 1,
    _day_and_month_swapped: 4,
    _slip_in_birth_date: 6,
}
"""What goes wrong, and how often in comparison."""


def _often(names: Sequence[str], dice: random.Random) -> str:
    """The first names of a list are the most frequent: of 600 family names one in a hundred has the first."""
    return names[int(len(names) * dice.random() ** 1.4)]


def _born(dice: random.Random, youngest: int, oldest: int) -> date:
    return TODAY - timedelta(days=dice.randint(youngest * 365, oldest * 365))


def _near(day: str, dice: random.Random, years: int) -> date:
    return min(date.fromisoformat(day) + timedelta(days=dice.randint(-365 * years, 365 * years)), TODAY)


def _near_year(born: date, dice: random.Random) -> date:
    return born.replace(year=born.year + dice.choice((-1, 1)), day=min(born.day, 28))


def _phone(dice: random.Random) -> str:
    return f"({dice.randint(201, 989)}) 555-{dice.randrange(10**4):04}"


def _address(dice: random.Random) -> dict[str, Any]:
    place = dice.randrange(60)
    line = f"{dice.randint(1, 400)} {dice.choice(STREETS)} {dice.choice(KINDS)[0]}"
    return {"line": [line], "city": CITIES[place % len(CITIES)], "state": "ZZ", "postalCode": f"{90001 + place * 13}"}


def _rewritten(line: str) -> str:
    for long, short in KINDS:
        line = line.replace(long, short)
    return line
