"""The capability statement says what is served."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement


@pytest.fixture
async def statement(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/metadata")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def described(statement: dict[str, Any], type: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in statement["rest"][0]["resource"] if each["type"] == type)
    return found


def test_it_is_a_legal_statement_of_r4(statement: dict[str, Any]) -> None:
    CapabilityStatement.model_validate(statement)

    assert statement["fhirVersion"] == "4.0.1"
    assert statement["implementation"]["url"] == "http://here.example/fhir"


def test_an_owned_type_has_its_interactions_and_official_parameters(statement: dict[str, Any]) -> None:
    patient = described(statement, "Patient")

    assert {"read", "create", "update", "delete", "history-instance"} <= {each["code"] for each in patient["interaction"]}
    assert patient["conditionalDelete"] == "single"
    family = next(each for each in patient["searchParam"] if each["name"] == "family")
    assert family == {"name": "family", "definition": "http://hl7.org/fhir/SearchParameter/individual-family", "type": "string"}
    assert "Patient:organization" in patient["searchInclude"]
    assert "Observation:subject" in patient["searchRevInclude"]
    assert {each["name"] for each in patient["operation"]} == {"ask", "ask-about", "count-goals", "validate"}


def test_a_followed_type_is_to_be_read_and_names_its_owner(statement: dict[str, Any]) -> None:
    organization = described(statement, "Organization")

    assert {"read", "vread"} <= {each["code"] for each in organization["interaction"]}
    assert not {"create", "update", "patch", "delete"} & {each["code"] for each in organization["interaction"]}
    assert "Its owner is there, http://127.0.0.1:8002/fhir" in organization["documentation"]


async def test_terminology_mode_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/metadata?mode=terminology")).status_code == 400
