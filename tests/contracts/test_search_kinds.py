"""What each kind of search parameter finds, with its prefixes and modifiers, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import DATABASES
from tests.contracts.searching import Searched, a, coded, opened, ref

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
MRN = {"system": "urn:mrn", "value": "A1", "type": coded("MR", "urn:types")}


def amount(value: float, unit: str = "mg", **more: object) -> dict[str, object]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


WORLD = (
    a(
        "Patient",
        "river",
        active=True,
        gender="female",
        birthDate="1990-05-17",
        identifier=[MRN],
        name=[{"family": "Zoë-Brown", "given": ["River", "Ann"]}],
        telecom=[{"system": "phone", "value": "+1 (555) 123-4567"}, {"system": "email", "value": "River@Example.org"}],
        address=[{"city": "Köln", "postalCode": "50667"}],
        managingOrganization=ref("Organization/clinic"),
        meta={"tag": [{"system": "urn:tags", "code": "vip"}], "profile": ["http://p.org/patient|1.0"], "source": "urn:feed:1"},
    ),
    a("Patient", "sam", active=False, gender="male", birthDate="1990", name=[{"text": "Sam O'Neil"}], deceasedBoolean=False),
    a("Patient", "kim", identifier=[{"value": "A1"}], birthDate="1985-11", deceasedDateTime="2024-02-03T10:00:00Z"),
    a("Organization", "clinic", name="Clinic of the North", alias=["CN"]),
    a(
        "Observation",
        "rate",
        status="final",
        code=coded("8867-4", LOINC, display="Heart rate"),
        subject=ref("Patient/river"),
        effectiveDateTime="2026-03-01T08:30:00+02:00",
        valueQuantity=amount(72, "/min"),
    ),
    a(
        "Observation",
        "dose",
        status="amended",
        code=coded("X", LOINC) | {"text": "Dösis given"},
        subject=ref("http://elsewhere.org/fhir/Patient/river"),
        effectivePeriod={"start": "2026-03-01", "end": "2026-03-10"},
        valueQuantity=amount(5.4),
    ),
    a(
        "Observation",
        "pressure",
        status="final",
        code=coded("85354-9", LOINC),
        subject=ref("Patient/sam/_history/3"),
        effectivePeriod={"start": "2026-03-05"},
        component=[
            {"code": coded("8480-6", LOINC), "valueQuantity": amount(107, "mm[Hg]")},
            {"code": coded("8462-4", LOINC), "valueQuantity": amount(60, "mm[Hg]")},
        ],
    ),
    a(
        "Observation",
        "mood",
        status="final",
        code=coded("mood"),
        subject={"identifier": {"system": "urn:mrn", "value": "A1"}},
        effectiveInstant="2026-03-01T06:30:00.500Z",
        valueCodeableConcept=coded("low", "urn:moods"),
    ),
    a("RiskAssessment", "r1", status="final", prediction=[{"probabilityDecimal": 100}]),
    a("RiskAssessment", "r2", status="final", prediction=[{"probabilityDecimal": 100.4}]),
    a("RiskAssessment", "r3", status="final", prediction=[{"probabilityRange": {"low": {"value": 90}, "high": {"value": 120}}}]),
    a("PlanDefinition", "walk", url="http://plans.org/care/walk", status="active", title="Walking"),
    a("CarePlan", "plan", status="active", intent="plan", instantiatesCanonical=["http://plans.org/care/walk|2"]),
    a("Condition", "c1", onsetAge=amount(30, "a"), subject=ref("Patient/river")),
)

FINDS = {
    # token
    "Patient?gender=male": "sam",
    "Patient?gender=male,female": "river sam",
    "Patient?gender=http://hl7.org/fhir/administrative-gender|male": "sam",
    "Patient?gender=urn:other|male": "",
    "Patient?gender:not=male": "river kim",
    "Patient?identifier=A1": "river kim",
    "Patient?identifier=urn:mrn|A1": "river",
    "Patient?identifier=|A1": "kim",
    "Patient?identifier=urn:mrn|": "river",
    "Patient?identifier=a1": "",
    "Patient?identifier:of-type=urn:types|MR|A1": "river",
    "Patient?identifier:of-type=urn:types|SS|A1": "",
    "Patient?active=true": "river",
    "Patient?deceased=false": "river sam",
    "Patient?deceased=true": "kim",
    "Patient?phone=+15551234567": "river",
    "Patient?email=river@example.ORG": "river",
    "Patient?phone=river@example.org": "",
    "Patient?telecom=555-1234": "",
    "Observation?code:text=heart": "rate",
    "Observation?code:text=dosis": "dose",
    "Observation?code=http://loinc.org|8867-4,mood": "rate mood",
    "Observation?status=final&code=mood": "mood",
    "Observation?status=final&status=amended": "",
    # string
    "Patient?name=zoe": "river",
    "Patient?name=RIV": "river",
    "Patient?name=iver": "",
    "Patient?name:contains=ive": "river",
    "Patient?name:contains=iver&gender=female": "river",
    "Patient?name:contains=brown,o'n": "river sam",
    "Patient?name:exact=River": "river",
    "Patient?name:exact=river": "",
    "Patient?family=zoe-brown": "river",
    "Patient?address-city=koln": "river",
    "Patient?address=50667": "river",
    "Patient?phonetic=Rivver": "river",
    "Organization?name=cn": "clinic",
    # date
    "Patient?birthdate=1990": "river sam",
    "Patient?birthdate=1990-05-17": "river",
    "Patient?birthdate=1990-05": "river",
    "Patient?birthdate=ne1990": "kim",
    "Patient?birthdate=gt1990-01": "river sam",
    "Patient?birthdate=lt1990-05": "sam kim",
    "Patient?birthdate=ge1990": "river sam",
    "Patient?birthdate=le1985-11-15": "kim",
    "Patient?birthdate=sa1985": "river sam",
    "Patient?birthdate=eb1990": "kim",
    "Patient?birthdate=ap1992": "river sam",
    "Observation?date=2026-03-01": "rate mood",
    "Observation?date=2026-03-01T06:30": "rate mood",
    "Observation?date=2026-03-01T06:30:00Z": "rate mood",
    "Observation?date=2026-03-01T06:30:00.5Z": "mood",
    "Observation?date=2026-03": "rate dose mood",
    "Observation?date=gt2026-03-09": "dose pressure",
    "Observation?date=ge2026-03-11": "pressure",
    "Observation?date=lt2026-03-01": "",
    "Observation?date=le2026-03-01": "rate mood",
    "Observation?date=lt2026-03-02": "rate dose mood",
    "Observation?date=sa2026-03-04": "pressure",
    "Observation?date=eb2026-03-02": "rate mood",
    "Observation?date=ap2026-03-01": "rate dose pressure mood",
    "Observation?date=ge2026-03-01&date=lt2026-03-02": "rate dose mood",
    "Observation?_lastUpdated=ge2026-11-22": "",
    "Observation?_lastUpdated=2026-11-21&status=amended": "dose",
    # reference
    "Observation?subject=Patient/river": "rate",
    "Observation?subject=river": "rate",
    "Observation?patient=river": "rate",
    "Observation?subject:Patient=river": "rate",
    "Observation?subject:Group=river": "",
    "Observation?subject=http://elsewhere.org/fhir/Patient/river": "dose",
    "Observation?patient=Patient/sam": "pressure",
    "Observation?patient=Patient/sam/_history/3": "pressure",
    "Observation?patient:identifier=urn:mrn|A1": "mood",
    "Observation?subject:identifier=A1": "mood",
    "CarePlan?instantiates-canonical=http://plans.org/care/walk": "plan",
    "CarePlan?instantiates-canonical=http://plans.org/care/walk|2": "plan",
    "CarePlan?instantiates-canonical=http://plans.org/care/walk|3": "",
    # number and quantity
    "RiskAssessment?probability=100": "r1 r2",
    "RiskAssessment?probability=100.0": "r1",
    "RiskAssessment?probability=gt100": "r2 r3",
    "RiskAssessment?probability=ge100": "r1 r2 r3",
    "RiskAssessment?probability=lt100": "r3",
    "RiskAssessment?probability=le100": "r1 r3",
    "RiskAssessment?probability=sa99": "r1 r2",
    "RiskAssessment?probability=eb101": "r1 r2",
    "RiskAssessment?probability=ne100": "r3",
    "RiskAssessment?probability=ap105": "r1 r2 r3",
    "RiskAssessment?probability=1e2": "r1 r2",
    "Observation?value-quantity=5.4": "dose",
    "Observation?value-quantity=5.4|http://unitsofmeasure.org|mg": "dose",
    "Observation?value-quantity=5.4||mg": "dose",
    "Observation?value-quantity=5.4||kg": "",
    "Observation?value-quantity=5.40|http://unitsofmeasure.org|mg": "dose",
    "Observation?value-quantity=5": "dose",
    "Observation?value-quantity=gt5.4": "rate",
    "Observation?combo-value-quantity=lt70||mm[Hg]": "pressure",
    "Condition?onset-age=le30||a": "c1",
    # uri
    "PlanDefinition?url=http://plans.org/care/walk": "walk",
    "PlanDefinition?url:below=http://plans.org/care": "walk",
    "PlanDefinition?url:below=http://plans.org/ca": "",
    "PlanDefinition?url:above=http://plans.org/care/walk/slowly": "walk",
    "PlanDefinition?url=http://plans.org/care": "",
    "Patient?_profile=http://p.org/patient": "river",
    "Patient?_source=urn:feed:1": "river",
    "Patient?_tag=urn:tags|vip": "river",
    "Patient?_tag=vip": "river",
    "Patient?_id=river,kim": "river kim",
    "Patient?_id:not=river": "sam kim",
    # composite
    "Observation?code-value-quantity=http://loinc.org|8867-4$gt60||/min": "rate",
    "Observation?code-value-quantity=8867-4$lt60": "",
    "Observation?combo-code-value-quantity=8480-6$107": "pressure",
    "Observation?combo-code-value-quantity=8480-6$60": "",
    "Observation?component-code-value-quantity=http://loinc.org|8462-4$le60|http://unitsofmeasure.org|mm[Hg]": "pressure",
    "Observation?code-value-concept=mood$urn:moods|low": "mood",
    "Observation?code-value-concept=|mood$low": "mood",
    # missing
    "Patient?gender:missing=true": "kim",
    "Patient?gender:missing=false": "river sam",
    "Patient?organization:missing=true&active:missing=false": "sam",
    "Observation?combo-code-value-quantity:missing=true": "mood",
    # chains
    "Observation?subject:Patient.name=riv": "rate",
    "Observation?patient.organization.name=clinic": "rate",
    "Observation?subject.gender=male": "pressure",
    "Observation?patient.gender:not=male": "rate",
    "Observation?status=final&patient.name=sam": "pressure",
    "Patient?_has:Observation:patient:code=8867-4": "river",
    "Patient?_has:Observation:patient:code=8867-4&gender=male": "",
    "Patient?_has:Observation:patient:status=final": "river sam",
    "Organization?_has:Patient:organization:_has:Observation:patient:code=8867-4": "clinic",
    "Observation?patient._has:Condition:patient:onset-age=30": "rate",
    "CarePlan?patient.name=x": "",
}


@pytest.fixture(scope="module", params=DATABASES)
def searched(request: pytest.FixtureRequest) -> Iterator[Searched]:
    for one in opened(request, request.param):
        one.add(*WORLD)
        yield one


@pytest.mark.parametrize("parameter", ["_id", "identifier", "organization", "gender"])
def test_a_search_may_name_as_many_alternatives_as_fit_into_an_address(searched: Searched, parameter: str) -> None:
    values = ",".join(f"x{n}" for n in range(700))

    assert searched.found(f"Patient?{parameter}={values}") == []
    assert searched.found(f"Patient?{parameter}={values}&active=true") == []


@pytest.mark.parametrize(("query", "expected"), FINDS.items())
def test_a_search_finds_what_it_should(searched: Searched, query: str, expected: str) -> None:
    assert sorted(searched.found(query)) == sorted(expected.split())
