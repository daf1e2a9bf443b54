"""What the gate must stop: the element to blame and the status, and no other issue beside it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.fhir import gate
from tests.shared.fhir.gate.samples import APPOINTMENT, OBSERVATION, PATIENT, PLAN, changed, without

XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">'


def div(inside: str) -> dict[str, Any]:
    return changed(PLAN, "text", "div", to=f"{XHTML}{inside}</div>")


def plan(*path: str | int, to: Any) -> dict[str, Any]:
    return changed(PLAN, *path, to=to)


DETAIL = ("activity", 0, "detail")
EXTENSION = {"url": "http://e.org/x", "valueString": "a"}

MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "a string for a boolean": (PATIENT | {"active": "true"}, "Patient.active"),
    "a string for a number": (changed(OBSERVATION, "valueQuantity", "value", to="1.0"), "Observation.valueQuantity.value"),
    "a number for a string": (changed(PATIENT, "name", 0, "family", to=7), "Patient.name[0].family"),
    "an object for a list": (PATIENT | {"name": {"text": "a"}}, "Patient.name"),
    "a list for an object": (plan("subject", to=[{"reference": "Patient/1"}]), "CarePlan.subject"),
    "an unknown element": (plan(*DETAIL, "colour", to="red"), "CarePlan.activity[0].detail.colour"),
    "an element of R5": (PLAN | {"custodian": {"reference": "Patient/1"}}, "CarePlan.custodian"),
    "null": (PLAN | {"title": None}, "CarePlan.title"),
    "null for a list": (PLAN | {"note": None}, "CarePlan.note"),
    "a null without companion": (changed(PATIENT, "name", 0, "given", to=["A", None]), "Patient.name[0].given[1]"),
    "a null whose companion says nothing": (
        changed(PATIENT, "name", 0, to={"given": ["A", None], "_given": [{"id": "a"}, None]}),
        "Patient.name[0].given[1]",
    ),
    "an empty list": (PLAN | {"note": []}, "CarePlan.note"),
    "an empty object": (plan("period", to={}), "CarePlan.period"),
    "an empty required list": (changed(APPOINTMENT, "participant", to=[]), "Appointment.participant"),
    "an empty string": (PLAN | {"title": ""}, "CarePlan.title"),
    "a control character": (PLAN | {"title": "a\x07b"}, "CarePlan.title"),
    "an id that is too long": (PLAN | {"id": "a" * 65}, "CarePlan.id"),
    "an id with an underscore": (PLAN | {"id": "a_b"}, "CarePlan.id"),
    "a companion of the id": (PLAN | {"_id": {"id": "a"}}, "CarePlan._id"),
    "a uri with a blank": (PLAN | {"implicitRules": "http://e.org/a b"}, "CarePlan.implicitRules"),
    "an oid that is none": (
        PATIENT | {"extension": [{"url": "http://e.org", "valueOid": "urn:oid:3.1"}]},
        "Patient.extension[0].valueOid",
    ),
    "a uuid in capitals": (
        PATIENT | {"extension": [{"url": "http://e.org", "valueUuid": "urn:uuid:0D0C2A0C-7C2D-4B8E-9D39-95A0F1C2A1B7"}]},
        "Patient.extension[0].valueUuid",
    ),
    "a date that is not in the calendar": (PATIENT | {"birthDate": "2023-02-30"}, "Patient.birthDate"),
    "the leap day of 1900": (PATIENT | {"birthDate": "1900-02-29"}, "Patient.birthDate"),
    "a time without zone": (PLAN | {"created": "2026-01-01T10:00:00"}, "CarePlan.created"),
    "a time without seconds": (PLAN | {"created": "2026-01-01T10:00Z"}, "CarePlan.created"),
    "an instant without time": (changed(APPOINTMENT, "start", to="2026-03-01"), "Appointment.start"),
    "base64 that is none": (PATIENT | {"photo": [{"contentType": "image/png", "data": "%%%"}]}, "Patient.photo[0].data"),
    "zero as a positiveInt": (changed(APPOINTMENT, "minutesDuration", to=0), "Appointment.minutesDuration"),
    "a negative unsignedInt": (APPOINTMENT | {"priority": -1}, "Appointment.priority"),
    "1.0 as an integer": (APPOINTMENT | {"priority": 1.0}, "Appointment.priority"),
    "an integer of 33 bits": (APPOINTMENT | {"priority": 2**32}, "Appointment.priority"),
    "two values of a choice": (PATIENT | {"deceasedDateTime": "2026"}, "Patient.deceased"),
    "two values of an extension": (PATIENT | {"extension": [EXTENSION | {"valueCode": "b"}]}, "Patient.extension[0].value"),
    "a value of R5 in an extension": (
        PATIENT | {"extension": [{"url": "http://e.org", "valueRatioRange": {"lowNumerator": {"value": 1}}}]},
        "Patient.extension[0].valueRatioRange",
    ),
    "a contained type of R4B": (
        PLAN
        | {"contained": [{"resourceType": "Citation", "id": "c", "status": "draft"}], "supportingInfo": [{"reference": "#c"}]},
        "CarePlan.contained[0].resourceType",
    ),
    "a contained resource without type": (
        PLAN | {"contained": [{"id": "c"}], "supportingInfo": [{"reference": "#c"}]},
        "CarePlan.contained[0].resourceType",
    ),
    "a wrong value in a bundle": (
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT | {"birthDate": "x"}}]},
        "Bundle.entry[0].resource.birthDate",
    ),
}

UNPROCESSABLE: dict[str, tuple[dict[str, Any], str]] = {
    "a missing required primitive": (without(PLAN, "intent"), "CarePlan.intent"),
    "a missing required object": (without(PLAN, "subject"), "CarePlan.subject"),
    "a missing required list": (without(APPOINTMENT, "participant"), "Appointment.participant"),
    "a missing required choice": (
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": "Patient/1"}},
        "MedicationRequest.medication",
    ),
    "too few": (
        {"resourceType": "Linkage", "item": [{"type": "source", "resource": {"reference": "Patient/1"}}]},
        "Linkage.item",
    ),
    "a code outside a required binding": (PATIENT | {"gender": "foo"}, "Patient.gender"),
    "a status outside a required binding": (changed(APPOINTMENT, "status", to="bogus"), "Appointment.status"),
    "a code deep inside": (plan(*DETAIL, "status", to="bogus"), "CarePlan.activity[0].detail.status"),
    "a concept outside a required binding": (
        {
            "resourceType": "Condition",
            "subject": {"reference": "Patient/1"},
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "foo"}]},
        },
        "Condition.clinicalStatus",
    ),
    "a currency": (
        {"resourceType": "InsurancePlan", "name": "a", "plan": [{"generalCost": [{"cost": {"value": 1, "currency": "euro"}}]}]},
        "InsurancePlan.plan[0].generalCost[0].cost.currency",
    ),
    "a reference to a type that is not allowed": (
        plan("subject", to={"reference": "Practitioner/1"}),
        "CarePlan.subject.reference",
    ),
    "an absolute reference to one": (
        plan("subject", to={"reference": "http://e.org/fhir/Practitioner/1"}),
        "CarePlan.subject.reference",
    ),
    "a conditional reference to one": (
        plan("subject", to={"reference": "Practitioner?identifier=1"}),
        "CarePlan.subject.reference",
    ),
    "a reference to what is no type": (plan("subject", to={"reference": "Foo/1"}), "CarePlan.subject.reference"),
    "a reference's type that is not allowed": (plan("subject", to={"type": "Task", "display": "a"}), "CarePlan.subject.type"),
    "a contained resource of a type that is not allowed": (
        PLAN | {"subject": {"reference": "#t"}, "contained": [{"resourceType": "Medication", "id": "t"}]},
        "CarePlan.subject.reference",
    ),
    "a local reference to nothing (ref-1)": (plan("subject", to={"reference": "#t"}), "CarePlan.subject"),
    "a contained resource that nobody refers to (dom-3)": (
        PLAN | {"contained": [{"resourceType": "Patient", "id": "p"}]},
        "CarePlan.contained[0]",
    ),
    "nested contained (dom-2)": (
        PLAN
        | {
            "subject": {"reference": "#p"},
            "contained": [{"resourceType": "Patient", "id": "p", "contained": [{"resourceType": "Patient", "id": "q"}]}],
        },
        "CarePlan.contained[0].contained",
    ),
    "a contained version (dom-4)": (
        PLAN
        | {"subject": {"reference": "#p"}, "contained": [{"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}}]},
        "CarePlan.contained[0].meta.versionId",
    ),
    "a contained label (dom-5)": (
        PLAN
        | {
            "subject": {"reference": "#p"},
            "contained": [{"resourceType": "Patient", "id": "p", "meta": {"security": [{"code": "R"}]}}],
        },
        "CarePlan.contained[0].meta.security",
    ),
    "an id alone (ele-1)": (plan("period", to={"id": "a"}), "CarePlan.period"),
    "a companion alone (ele-1)": (without(PATIENT, "birthDate") | {"_birthDate": {"id": "a"}}, "Patient.birthDate"),
    "an extension without value (ext-1)": (PATIENT | {"extension": [{"url": "http://e.org"}]}, "Patient.extension[0]"),
    "an extension with both (ext-1)": (PATIENT | {"extension": [EXTENSION | {"extension": [EXTENSION]}]}, "Patient.extension[0]"),
    "a period that ends before it starts (per-1)": (
        plan("period", to={"start": "2026-02", "end": "2026-01-31"}),
        "CarePlan.period",
    ),
    "an activity with detail and reference (cpl-3)": (
        plan("activity", 0, "reference", to={"reference": "Task/1"}),
        "CarePlan.activity[0]",
    ),
    "a contact of nobody (pat-1)": (changed(PATIENT, "contact", to=[{"gender": "male"}]), "Patient.contact[0]"),
    "an appointment with a start only (app-2)": (without(changed(APPOINTMENT, "status", to="proposed"), "end"), "Appointment"),
    "an organization's home (org-2)": (
        {"resourceType": "Organization", "name": "a", "address": [{"use": "work"}, {"use": "home"}]},
        "Organization.address[1]",
    ),
    "a script": (div("<script>x()</script>"), "CarePlan.text.div"),
    "an event attribute": (div('<p onclick="x()">a</p>'), "CarePlan.text.div"),
    "a javascript address": (div('<a href=" java&#10;script:x()">a</a>'), "CarePlan.text.div"),
    "a style that acts": (div('<p style="width: expression(x())">a</p>'), "CarePlan.text.div"),
    "a narrative of a thousand levels": (div("<p>" * 1_000 + "a" + "</p>" * 1_000), "CarePlan.text.div"),
    "html that is no xml": (div("<br>a"), "CarePlan.text.div"),
    "an empty narrative": (div("<p> </p>"), "CarePlan.text.div"),
    "a narrative of another namespace": (changed(PLAN, "text", "div", to="<div>a</div>"), "CarePlan.text.div"),
    "an entity bomb": (
        changed(PLAN, "text", "div", to='<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + XHTML + "&b;</div>"),
        "CarePlan.text.div",
    ),
}


@pytest.mark.parametrize(("resource", "expression"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_400_at_its_element(resource: dict[str, Any], expression: str) -> None:
    found = gate.check(resource)

    assert [(issue.expression, issue.status) for issue in found] == [(expression, 400)]


@pytest.mark.parametrize(("resource", "expression"), UNPROCESSABLE.values(), ids=UNPROCESSABLE.keys())
def test_what_breaks_a_rule_is_422_at_its_element(resource: dict[str, Any], expression: str) -> None:
    found = gate.check(resource)

    assert [(issue.expression, issue.status) for issue in found] == [(expression, 422)]


@pytest.mark.parametrize(
    "resource", [{}, {"resourceType": "Foo"}, {"resourceType": 7}, {"resourceType": "Citation"}, {"resourceType": "Resource"}]
)
def test_a_type_that_r4_does_not_have_is_400(resource: dict[str, Any]) -> None:
    assert [issue.status for issue in gate.check(resource)] == [400]


def test_another_type_than_the_address_demands_is_400() -> None:
    assert [issue.status for issue in gate.check(PLAN, "Goal")] == [400]


def test_each_of_several_defects_is_named_once() -> None:
    broken = without(PLAN, "intent") | {"status": "bogus", "colour": "red", "title": None, "period": {"start": "x", "end": "y"}}

    assert {issue.expression for issue in gate.check(broken)} == {
        "CarePlan.intent",
        "CarePlan.status",
        "CarePlan.colour",
        "CarePlan.title",
        "CarePlan.period.start",
        "CarePlan.period.end",
    }
    assert len(gate.check(broken)) == 6


def test_who_sends_a_million_wrong_elements_is_not_answered_at_length() -> None:
    patient = {"resourceType": "Patient"} | {f"k{number}": 1 for number in range(5_000)}

    assert len(gate.check(patient)) == 1_000
