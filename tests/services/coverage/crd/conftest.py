"""A payer that knows River, and a clinic that calls its hooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from services.coverage.crd.pages import routes
from shared.kernel.settings import Settings
from shared.runtime.refusing import refuse_in_fhir
from shared.service import Deployed
from tests.services.building import a_benefit, a_coverage, a_patient, an_insurance_plan
from tests.services.town import Running

Post = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def payer(coverage: Running) -> Running:
    name = [{"family": "Lindqvist", "given": ["River"]}]
    await coverage.hears("Patient.created", a_patient(name=name, birthDate="1979-03-12"))
    benefits = (
        a_benefit("AD"),
        a_benefit("PT"),
        a_benefit("98", needs_authorization=True),
        a_benefit("DM", needs_authorization=True),
    )
    await coverage.save(an_insurance_plan(*benefits))
    await coverage.save(a_coverage(subscriberId="NS-4471"))
    return coverage


@pytest.fixture
def clinic(payer: Running) -> httpx.AsyncClient:
    deployed = Deployed(payer.service, payer.store, Settings(), payer.clock)
    app = Starlette(routes=list(routes(deployed)))
    refuse_in_fhir(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


@pytest.fixture
def call(clinic: httpx.AsyncClient) -> Post:
    async def post(body: dict[str, Any]) -> dict[str, Any]:
        answer = await clinic.post(f"/cds-services/{body['hook']}-crd", json=body)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    return post
