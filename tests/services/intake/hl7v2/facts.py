"""What resources say, as plain facts that don't depend on ids, systems, offsets or the order of things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

Resource = dict[str, Any]
Fact = tuple[str, ...]


def facts(resources: Iterable[Resource]) -> set[Fact]:
    """`(type, what, value…)` of everything that the resources say of people, visits, allergies and appointments."""
    by_reference = {f"{each['resourceType']}/{each['id']}": each for each in resources}
    return {
        (resource["resourceType"], *(" ".join(str(part).split()) for part in fact))
        for resource in by_reference.values()
        for fact in _FACTS.get(resource["resourceType"], _nothing)(resource, by_reference)
    }


Known = Mapping[str, Resource]
Said = Iterator[tuple[Any, ...]]


def _nothing(_resource: Resource, _known: Known) -> Said:
    yield from ()


def _of_person(person: Resource, _known: Known) -> Said:
    for number in person.get("identifier", ()):
        yield "identifier", number.get("value", "")
    for name in person.get("name", ()):
        yield "name", name.get("family", ""), *name.get("given", ())[:2]
    for contact in person.get("telecom", ()):
        yield "telecom", contact.get("value", "")
    for address in person.get("address", ()):
        yield "address", address.get("city", ""), address.get("postalCode", "")
    for each in person.get("relationship", ()):
        yield from (("relationship", code) for code in _codes(each))
    for element in ("birthDate", "gender", "active", "multipleBirthInteger"):
        if element in person:
            yield element, person[element]
    for extension in person.get("_birthDate", {}).get("extension", ()):
        yield "birthTime", _instant(extension["valueDateTime"])
    if "deceasedDateTime" in person:
        yield "deceased", _instant(person["deceasedDateTime"])
    yield from (("maritalStatus", code) for code in _codes(person.get("maritalStatus")))


def _of_encounter(encounter: Resource, known: Known) -> Said:
    yield "status", encounter["status"]
    yield "class", encounter["class"]["code"]
    for number in encounter.get("identifier", ()):
        yield "identifier", number["value"]
    for end, moment in encounter.get("period", {}).items():
        yield f"period.{end}", _instant(moment)
    for place in encounter.get("location", ()):
        yield "location", place.get("status", ""), _ward(place["location"]["reference"], known)
    for participant in encounter.get("participant", ()):
        role = next(iter(_codes(participant["type"][0])))
        yield "participant", role, _who(participant["individual"], known)
    for element in ("type", "reasonCode"):
        yield from ((element, code) for each in encounter.get(element, ()) for code in _codes(each))
    for element in ("serviceType", "priority"):
        yield from ((element, code) for code in _codes(encounter.get(element)))
    for element, value in encounter.get("hospitalization", {}).items():
        listed = value if isinstance(value, list) else [value]
        yield from ((element, code) for each in listed for code in _codes(each))
    if "length" in encounter:
        yield "length", encounter["length"]["value"]
    for element in ("account", "episodeOfCare"):
        for reference in encounter.get(element, ()):
            numbers = known.get(reference.get("reference", ""), {}).get("identifier", [])
            yield from ((element, number["value"]) for number in (reference.get("identifier"), *numbers) if number)
    if "subject" in encounter:
        yield "subject", _who(encounter["subject"], known)


def _of_location(location: Resource, _known: Known) -> Said:
    yield "name", location["name"]


def _of_allergy(allergy: Resource, known: Known) -> Said:
    for element in ("code", "clinicalStatus", "verificationStatus"):
        yield from ((element, code) for code in _codes(allergy.get(element)))
    for element in ("onsetDateTime", "recordedDate"):
        if element in allergy:
            yield element, _instant(allergy[element])
    yield from (("category", each) for each in allergy.get("category", ()))
    for element in ("patient", "recorder", "asserter"):
        if element in allergy:
            yield element, _who(allergy[element], known)


def _of_appointment(appointment: Resource, known: Known) -> Said:
    yield "status", appointment["status"]
    for number in appointment["identifier"]:
        yield "identifier", number["value"]
    for element in ("start", "end"):
        yield element, _instant(appointment[element])
    for element in ("minutesDuration", "comment"):
        yield element, appointment.get(element, "")
    yield from (("appointmentType", code) for code in _codes(appointment.get("appointmentType")))
    for participant in appointment["participant"]:
        roles = [code for type in participant.get("type", ()) for code in _codes(type)]
        yield "participant", _who(participant["actor"], known), *roles
        yield "participant status", participant["status"]


def _of_device(device: Resource, _known: Known) -> Said:
    for number in device.get("identifier", ()):
        yield "identifier", number["value"]


_FACTS = {
    "Patient": _of_person,
    "Practitioner": _of_person,
    "RelatedPerson": _of_person,
    "Encounter": _of_encounter,
    "Location": _of_location,
    "AllergyIntolerance": _of_allergy,
    "Appointment": _of_appointment,
    "Device": _of_device,
}


def _codes(concept: Resource | None) -> list[str]:
    return [coding["code"] for coding in (concept or {}).get("coding", ()) if "code" in coding]


def _who(reference: Resource, known: Known) -> str:
    """By the number or the name that they have, whatever their id."""
    found = known.get(reference.get("reference", ""), {})
    numbers = sorted(each["value"] for each in found.get("identifier", ()) if "value" in each)
    if found.get("resourceType") == "Location":
        return _ward(reference["reference"], known)
    if found.get("resourceType") == "RelatedPerson":
        return str(found["name"][0]["family"])
    return ",".join(numbers)


def _ward(reference: str, known: Known) -> str:
    """The ward that a bed or a room belongs to, which is what the other converter refers to; else the place itself."""
    while (outer := known[reference].get("partOf")) and _kind(known[outer["reference"]]) in ("ro", "wa"):
        reference = outer["reference"]
    return str(known[reference]["name"])


def _kind(location: Resource) -> str:
    return next(iter(_codes(location.get("physicalType"))), "")


def _instant(said: str) -> str:
    """Dates stay as they are; of times only the instant counts."""
    return str(datetime.fromisoformat(said).timestamp()) if "T" in said else said
