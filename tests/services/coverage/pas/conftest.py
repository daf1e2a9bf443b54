"""A payer that has one member, River, with the number N1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.building import a_benefit, a_coverage, a_patient, an_insurance_plan
from tests.services.coverage.pas.bundles import ALWAYS
from tests.services.coverage.payers.outside import Second, second
from tests.services.town import Running


@pytest.fixture
async def payer(coverage: Running) -> Running:
    await coverage.hears("Patient.created", a_patient(birthDate="1990-04-02"))
    needs = [a_benefit(each, needs_authorization=True) for each in ("MH", "CJ", "DM", "98", "AD")]
    await coverage.save(an_insurance_plan(*needs, a_benefit("PT")))
    await coverage.save(a_coverage(subscriberId="N1"))
    return coverage


@pytest.fixture
async def foreign(tmp_path: Path) -> AsyncIterator[Second]:
    (tmp_path / "payer").mkdir()
    async with second(tmp_path / "payer") as running:
        await running.knows(a_patient(birthDate="1990-04-02"))
        needs = [a_benefit(each, needs_authorization=True) for each in ("MH", "AD")]
        await running.save(an_insurance_plan(*needs), a_coverage(**ALWAYS))
        yield running
