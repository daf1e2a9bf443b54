"""How each payer is reached: the file that CARE_COVERAGE_PARTNERS names. docs/decisions/payers.md describes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Credentials(BaseModel):
    """A file of its own, which nobody else may read: for `fhir` client, key (a private JWK) and scope; for `x12` user and
    password; for either the certificate and key of mutual TLS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client: str = ""
    key: Mapping[str, Any] | None = None
    scope: str = "system/CoverageEligibilityRequest.c"
    token_address: str = ""
    user: str = ""
    password: str = ""
    certificate: Path | None = None
    certificate_key: Path | None = None


class Address(BaseModel):
    """One payer. `insurers` are what requests and coverages name it by: `Organization/<id>`, or `<system>|<value>`.

    `seconds` is the time limit of a question from its arrival to its answer, `attempt_seconds` that of one try, `at_once` how
    many questions it is sent at the same time. After `failures` tries in a row that it did not answer it is left alone for
    `rest_seconds`. `envelope`, `sender` and `receiver` are CAQH CORE's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["local", "fhir", "x12"]
    insurers: tuple[str, ...] = Field(min_length=1)
    address: str = ""
    credentials: Path | None = None
    seconds: float = Field(20.0, gt=0)
    attempt_seconds: float = Field(8.0, gt=0)
    tries: int = Field(3, ge=1)
    at_once: int = Field(8, ge=1)
    failures: int = Field(5, ge=1)
    rest_seconds: float = Field(30.0, gt=0)
    envelope: Literal["plain", "mime", "soap"] = "plain"
    sender: str = ""
    receiver: str = ""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.kind == "local":
            return self
        parts = urlsplit(self.address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("the address of a payer begins with https://, or is of this machine")
        return self

    def secrets(self) -> Credentials:
        """Raises ValueError for a file that can't be read or says something else."""
        if self.credentials is None:
            return Credentials()
        found: Credentials = _read(self.credentials, TypeAdapter(Credentials))
        return found


Addresses = Mapping[str, Address]
"""By a name for each payer, which metrics and logs use."""


def addresses_in(file: Path | None) -> Addresses:
    """None: all payers are local. Paths of credentials are beside the file. Raises ValueError with what is wrong in it."""
    if file is None:
        return {}
    found = _read(file, TypeAdapter(dict[str, Address]))
    return {name: _beside(file, each) for name, each in found.items()}


def _beside(file: Path, address: Address) -> Address:
    return (
        address if address.credentials is None else address.model_copy(update={"credentials": file.parent / address.credentials})
    )


def _read(file: Path, adapter: TypeAdapter[Any]) -> Any:
    try:
        return adapter.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ValueError(f"{file}: {_without_values(error)}") from None


def _without_values(error: OSError | ValidationError) -> str:
    """What is wrong and where, not what stands there: it may be a secret."""
    if isinstance(error, OSError):
        return error.strerror or "can't be read"
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
