"""Payers of every kind that know the same member."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.coverage.app import service
from services.coverage.payers.addresses import Address
from services.coverage.payers.local import LocalPayer
from services.coverage.payers.payer import Payer
from services.coverage.payers.reaching import payer_at
from services.coverage.x12.language import LANGUAGE
from shared.kernel.clock import system_now
from shared.kernel.settings import Settings
from shared.service import Deployed
from tests.services.coverage.payers.outside import Second, second

PATHS = {"fhir": "/fhir", "x12": "/x12/270"}


@pytest.fixture
async def foreign(tmp_path: Path) -> AsyncIterator[Second]:
    (tmp_path / "payer").mkdir()
    async with second(tmp_path / "payer") as running:
        yield running


@pytest.fixture(params=["local", "fhir", "x12"])
async def payer(request: pytest.FixtureRequest, foreign: Second, tmp_path: Path) -> AsyncIterator[Payer]:
    if request.param == "local":
        yield LocalPayer(foreign.store)
        return
    address = Address(kind=request.param, insurers=("Organization/northstar",), address=foreign.address + PATHS[request.param])
    deployed = Deployed(service, foreign.store, Settings(data_dir=tmp_path), system_now)
    async with payer_at(address, deployed, LANGUAGE) as reached:
        yield reached
