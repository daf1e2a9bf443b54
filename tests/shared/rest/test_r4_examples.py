"""The official examples of R4 go in and come out in their own characters."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from services.directory import DIRECTORY
from shared.fhir import text
from shared.kernel.clock import system_now
from shared.kernel.settings import Settings
from shared.rest.routes import routes
from shared.service import Deployed, Owned, Service
from shared.store.store import Store
from tests.shared.rest.conftest import BASE, a_type

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "r4-examples"

EXAMPLES = sorted(FOLDER.glob("*.json"))

EVERYTHING = tuple(type for types in DIRECTORY.owns.values() for type in types)

SERVICE = Service(name="all", directory=DIRECTORY, owns=tuple(Owned(a_type(type)) for type in EVERYTHING))

_EXACT = re.compile(rb'-?\d[\d.eE+\-]*|"\d{4}-\d\d[^"]*"')

pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="the official examples are not beside the project (../shared/data/r4-examples)"
)


@pytest.fixture
async def client(sqlite_url: str) -> AsyncIterator[httpx.AsyncClient]:
    store = Store.open(sqlite_url, service=SERVICE.name, owns=SERVICE.owns)
    app = Starlette(routes=routes(Deployed(SERVICE, store, Settings(), system_now)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client
    await store.close()


async def test_every_example_comes_back_as_it_was_sent(client: httpx.AsyncClient) -> None:
    for path in EXAMPLES:
        sent = path.read_bytes()
        resource = orjson.loads(sent)
        address = f"/{resource['resourceType']}/{resource['id']}"

        put = await client.put(address, content=sent)
        got = await client.get(address)

        assert put.status_code == 201, f"{path.name}: {put.text}"
        assert text.same(sent, got.content), path.name
        assert _exact_parts(sent) == _exact_parts(got.content), path.name


def _exact_parts(document: bytes) -> list[bytes]:
    """Numbers and dates outside `meta`, in order, character by character."""
    resource = text.load(document)
    resource.pop("meta", None)
    return _EXACT.findall(text.dump(resource))
