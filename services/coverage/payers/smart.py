"""SMART Backend Services: a token for a client that proves itself with a signed assertion, kept while it lasts.

https://hl7.org/fhir/smart-app-launch/backend-services.html
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from shared.kernel.clock import Clock
from shared.kernel.ids import new_id

from .addresses import Credentials
from .exchange import Line, accepted
from .payer import Trouble

ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LASTS: Final = timedelta(minutes=4)
"""Of an assertion; five minutes is the most that is allowed."""

_SPARE: Final = timedelta(seconds=30)
_USUAL_SECONDS: Final = 300
_ALGORITHMS: Final = {"RSA": "RS384", "EC": "ES384"}


class Tokens:
    """One client's tokens for one FHIR base."""

    def __init__(self, base: str, credentials: Credentials, line: Line, clock: Clock) -> None:
        self._base = base
        self._credentials = credentials
        self._line = line
        self._clock = clock
        self._token = ""
        self._until: datetime | None = None
        self._address = credentials.token_address
        self._asking = asyncio.Lock()

    async def header(self) -> dict[str, str]:
        """The Authorization header; none for a payer that wants no token. Raises Trouble."""
        if self._credentials.key is None:
            return {}
        async with self._asking:
            if self._until is None or self._clock() >= self._until:
                await self._renew()
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """The payer takes it no more."""
        self._until = None

    async def _renew(self) -> None:
        self._address = self._address or await self._discovered()
        form = {
            "grant_type": "client_credentials",
            "scope": self._credentials.scope,
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        said = _object(accepted(await self._line.post(self._address, headers, urlencode(form).encode())))
        token, seconds = said.get("access_token"), said.get("expires_in", _USUAL_SECONDS)
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise Trouble("payer-refused", "no token came from the token endpoint")
        self._token, self._until = token, self._clock() + timedelta(seconds=seconds) - _SPARE

    async def _discovered(self) -> str:
        said = _object(accepted(await self._line.get(f"{self._base}/.well-known/smart-configuration")))
        found = said.get("token_endpoint")
        if not isinstance(found, str) or not found.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise Trouble("payer-refused", "the payer names no token endpoint")
        return found

    def _assertion(self) -> str:
        key = dict(self._credentials.key or {})
        made = RSAKey.import_key(key) if key.get("kty") == "RSA" else ECKey.import_key(key)
        algorithm = _ALGORITHMS.get(str(key.get("kty")), "RS384")
        now = self._clock()
        client = self._credentials.client
        claims = {"iss": client, "sub": client, "aud": self._address, "jti": new_id(), "exp": int((now + LASTS).timestamp())}
        header = {"alg": algorithm, "typ": "JWT", **({"kid": key["kid"]} if "kid" in key else {})}
        return jwt.encode(header, claims, made, algorithms=[algorithm])


def _object(body: bytes) -> dict[str, object]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Trouble("payer-broken", f"no JSON: {error}") from None
    if not isinstance(said, dict):
        raise Trouble("payer-broken", "no JSON object")
    return said
