"""A FHIR payer that wants a token: asked for once, kept while it lasts, renewed when it is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from services.coverage.app import service
from services.coverage.payers.addresses import Address, addresses_in
from services.coverage.payers.payer import Trouble
from services.coverage.payers.reaching import payer_at
from shared.kernel.settings import Settings
from shared.service import Deployed
from shared.store.store import Store
from tests.services.coverage.payers.outside import Asked, Outside, answer
from tests.services.coverage.payers.test_contract import QUESTION
from tests.services.coverage.payers.test_trouble import response
from tests.services.town import Hands

RSA = RSAKey.generate_key(2048, parameters={"kid": "ours"}, private=True)
EC = ECKey.generate_key("P-384", parameters={"kid": "ours"}, private=True)


class Authority:
    """A payer with a token endpoint, on one server."""

    def __init__(self, key: RSAKey | ECKey) -> None:
        self.key = key
        self.outside = Outside(self._does)
        self.good = ""
        self.forms: list[dict[str, list[str]]] = []

    async def _does(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        path = asked.line.split(" ")[1]
        if path.endswith("/.well-known/smart-configuration"):
            said = {"token_endpoint": f"{self.outside.address}/token"}
            writer.write(answer(orjson.dumps(said)))
        elif path == "/token":
            self.forms.append(parse_qs(asked.body.decode()))
            self.good = f"token-{len(self.forms)}"
            writer.write(answer(orjson.dumps({"access_token": self.good, "token_type": "bearer", "expires_in": 300})))
        elif asked.headers.get("authorization") == f"Bearer {self.good}":
            writer.write(answer(response()))
        else:
            writer.write(answer(b"", 401))


def files(folder: Path, authority: Authority) -> Path:
    secrets = {"client": "careloom", "key": authority.key.as_dict(private=True)}
    (folder / "secrets.json").write_bytes(orjson.dumps(secrets))
    address = {"kind": "fhir", "insurers": ["Organization/northstar"], "address": f"{authority.outside.address}/fhir"}
    (folder / "payers.json").write_bytes(orjson.dumps({"northstar": address | {"credentials": "secrets.json"}}))
    return folder / "payers.json"


@pytest.mark.parametrize("key", [RSA, EC], ids=["RS384", "ES384"])
async def test_a_client_proves_itself_and_keeps_its_token_while_it_lasts(
    key: RSAKey | ECKey, sqlite_url: str, tmp_path: Path, clock: Hands
) -> None:
    authority = Authority(key)
    deployed = Deployed(service, Store.open(sqlite_url, service="coverage", owns=service.keeps), Settings(), clock)
    async with authority.outside.open():
        address = addresses_in(files(tmp_path, authority))["northstar"]
        async with payer_at(address, deployed) as payer:
            await asyncio.gather(*(payer.eligibility(QUESTION) for _ in range(4)))
            assert len(authority.forms) == 1

            clock.now = clock.now.replace(hour=clock.now.hour + 1)
            await payer.eligibility(QUESTION)
            assert len(authority.forms) == 2

            authority.good = "revoked"
            await payer.eligibility(QUESTION)
            assert len(authority.forms) == 3

    form = authority.forms[0]
    claims = jwt.decode(form["client_assertion"][0], key, algorithms=["RS384", "ES384"]).claims
    assert form["grant_type"] == ["client_credentials"]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("careloom", "careloom", f"{authority.outside.address}/token")
    assert claims["exp"] - int(authority_began(claims)) <= 300
    assert len({parse["client_assertion"][0] for parse in authority.forms}) == 3


def authority_began(claims: dict[str, object]) -> float:
    return float(str(claims["exp"])) - 240


async def test_a_payer_that_takes_no_client_refuses(sqlite_url: str, tmp_path: Path, clock: Hands) -> None:
    authority = Authority(EC)
    authority.outside.does = lambda asked, writer: _refuse(writer)
    deployed = Deployed(service, Store.open(sqlite_url, service="coverage", owns=service.keeps), Settings(), clock)
    async with authority.outside.open():
        address = addresses_in(files(tmp_path, authority))["northstar"]
        async with payer_at(address, deployed) as payer:
            with pytest.raises(Trouble, match="payer-refused"):
                await payer.eligibility(QUESTION)


async def _refuse(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(b'{"error": "invalid_client"}', 400))


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"northstar": {"kind": "fax", "insurers": ["Organization/northstar"]}}, "northstar.kind"),
        ({"northstar": {"kind": "fhir", "insurers": []}}, "northstar.insurers"),
        ({"northstar": {"kind": "fhir", "insurers": ["x"], "address": "http://payer.example/fhir"}}, "https://"),
        ({"northstar": {"kind": "local", "insurers": ["x"], "colour": "blue"}}, "northstar.colour"),
    ],
)
def test_a_file_of_addresses_that_is_wrong_is_refused_with_the_place(tmp_path: Path, said: object, wrong: str) -> None:
    file = tmp_path / "payers.json"
    file.write_bytes(orjson.dumps(said))

    with pytest.raises(ValueError, match=wrong):
        addresses_in(file)


def test_no_file_is_no_payer_outside_and_a_missing_one_is_said(tmp_path: Path) -> None:
    assert addresses_in(None) == {}
    with pytest.raises(ValueError, match="No such file"):
        addresses_in(tmp_path / "nowhere.json")


def test_a_secret_is_not_repeated_in_what_is_said_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"client": "c", "passwort": "s3cret"}')
    address = Address(kind="x12", insurers=("x",), address="https://payer.example", credentials=tmp_path / "secrets.json")

    with pytest.raises(ValueError, match="passwort") as raised:
        address.secrets()
    assert "s3cret" not in str(raised.value)
