"""Whatever a large body is made of, it is answered, and not after minutes.

`LARGE_BYTES=16000000` sends bodies as large as are taken by default; then it takes some minutes.
"""

from __future__ import annotations

import orjson

from tests.properties.conftest import Serve
from tests.properties.large import BYTES, FHIR, PLAN, everything, sent
from tests.properties.promises import broken


async def test_every_shape_of_a_large_body_is_answered_as_promised(serve: Serve) -> None:
    async with serve("careplan") as served:
        for name, made in everything(BYTES).items():
            await served.ask(sent("PUT", "/fhir/CarePlan/c1", FHIR, orjson.dumps(PLAN)))
            one = made()
            answered = await served.ask(one)
            wrong = broken(one, answered)
            assert not wrong, f"{name}: {wrong}: {answered.status} {answered.body[:1000]!r}"
