"""Whatever is sent to a service is answered, and never by a failure of ours: http://hl7.org/fhir/R4/http.html#Status-Codes

`FUZZ_REQUESTS=100000 FUZZ_SEED=7` goes on for longer, from another seed.
"""

from __future__ import annotations

import os
from typing import Final

import orjson
import pytest

from tests.properties.conftest import Serve, Served
from tests.properties.dice import Dice
from tests.properties.promises import broken
from tests.properties.requests import Requests, pages_of
from tests.properties.resources import LEGAL
from tests.properties.wire import Sent

REQUESTS: Final = int(os.environ.get("FUZZ_REQUESTS", "600"))
SEED: Final = int(os.environ.get("FUZZ_SEED", "20261123"))


@pytest.mark.parametrize("name", LEGAL)
async def test_whatever_is_sent_is_answered_as_promised(serve: Serve, name: str) -> None:
    async with serve(name) as served:
        pages = tuple(pages_of(served.app.routes))
        requests = Requests(served.service, Dice(SEED), pages)
        assert {"/livez", "/metrics", "/admin/dead-letters"} <= {path for _, path in pages}
        for place in range(REQUESTS):
            sent = requests.next()
            answered = await served.ask(sent)
            wrong = broken(sent, answered)
            assert not wrong, f"request {place}: {wrong}\n{sent}\nwas answered {answered.status} {answered.body[:2000]!r}"

        await still_works(served)


async def still_works(served: Served) -> None:
    """After all that, what is right is still done."""
    resource = {**LEGAL[served.service.name][0], "id": "afterwards"}
    address = f"/fhir/{resource['resourceType']}/afterwards"

    written = await served.ask(Sent("PUT", address, body=(orjson.dumps(resource),)))
    read = await served.ask(Sent("GET", address))

    assert (written.status, read.status) == (201, 200)
    assert {key: value for key, value in read.json().items() if key != "meta"} == {
        key: value for key, value in orjson.loads(orjson.dumps(resource)).items() if key != "meta"
    }
