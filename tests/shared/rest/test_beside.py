"""Pages beside `/fhir`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.fhir.refusal import Conflict
from shared.rest.beside import Asked, admin_page
from shared.runtime.refusing import refuse_in_fhir


async def door(asked: Asked) -> Any:
    if asked.query.get("knock") == "no":
        raise Conflict("nobody opens")
    return {"door": asked.path["name"], **asked.query}


def asking_from(host: str) -> httpx.AsyncClient:
    app = FastAPI(routes=[admin_page("GET", "/admin/doors/{name}", door)])
    refuse_in_fhir(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(host, 4711)), base_url="http://127.0.0.1")


async def test_an_admin_page_answers_who_asks_from_here() -> None:
    async with asking_from("127.0.0.1") as http:
        answer = await http.get("/admin/doors/front?bell=1")

    assert (answer.status_code, answer.json()) == (200, {"door": "front", "bell": "1"})


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "nobody"])
async def test_who_asks_from_elsewhere_is_turned_away(host: str) -> None:
    async with asking_from(host) as http:
        assert (await http.get("/admin/doors/front")).status_code == 403


async def test_what_an_admin_page_refuses_is_said_in_fhir() -> None:
    async with asking_from("::1") as http:
        refused = await http.get("/admin/doors/front?knock=no")
        nothing = await http.get("/admin/doors/%00")

    assert (refused.status_code, refused.json()["issue"][0]["diagnostics"]) == (409, "nobody opens")
    assert nothing.status_code == 404
