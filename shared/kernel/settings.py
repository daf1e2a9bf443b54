"""What the environment sets (CARE_…). docs/settings.md is made from this page."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.kernel.clock import span

Span = Annotated[timedelta, BeforeValidator(lambda value: span(value) if isinstance(value, str) else value)]
"""A length of time, written `90s`, `15m`, `24h` or `30d`."""

Port = Annotated[int | None, BeforeValidator(lambda value: None if value in ("", "off") else value)]
"""A port to listen on, or none: `off`."""


class Settings(BaseSettings):
    """One process's settings, read from the environment. Add a field with a description where one is needed."""

    model_config = SettingsConfigDict(env_prefix="CARE_", extra="ignore", populate_by_name=True)

    host: str = Field("127.0.0.1", description="Address to listen on; only loopback until authentication is configured.")
    port_base: int = Field(8000, description="Services listen on this port plus their place in the directory, from 1.")
    nats_port: int = Field(4222, description="Port of the broker that `make run` starts.")
    nats_url: str = Field("", description="Use this broker instead and start none.")
    mllp_port: Port = Field(2575, description="Port for HL7 v2 over MLLP; `off`: none, `0`: any that is free.")
    mllp_tls_certificate: str = Field("", description="PEM file with the line's certificate chain: MLLP over TLS.")
    mllp_tls_key: str = Field("", description="PEM file with its key, if that is not in the same file.")
    mllp_tls_client_ca: str = Field("", description="PEM file: only senders with a certificate of this CA are heard.")
    mllp_idle: Span = Field(timedelta(seconds=30), description="How long a sender of HL7 v2 may stop in the middle of a message.")
    hl7v2_zones: str = Field(
        "UTC",
        description="Zone of times in HL7 v2 messages that name none; single senders as in `UTC,APP@SITE=America/New_York`.",
    )
    hl7v2_authorities: str = Field(
        "",
        description="Identifier.system of assigning authorities in HL7 v2 messages: `SITE=http://site.example/mrn,LAB=urn:oid:1.2.3`.",
    )
    mllp_connections: int = Field(100, description="So many senders of HL7 v2 at a time.")
    data_dir: Path = Field(Path(".data"), description="Folder of the embedded databases, the broker's files and process ids.")
    clock: str = Field("system", description="`system`, an offset such as `+90s`, or `file:<path>` with an instant.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    max_body_bytes: int = Field(16 * 1024 * 1024, description="Largest request body.")
    event_max_bytes: int = Field(1_000_000, description="Larger resources travel as a `care-fetch` address.")
    outbox_keep: Span = Field(timedelta(hours=24), description="How long published outbox rows are kept.")
    stream_replicas: int = Field(1, description="Replicas of the stream CARE.")
    stream_max_age: Span = Field(timedelta(days=30), description="How long the stream CARE keeps events.")
    retries: int = Field(8, description="How often a reaction that failed is tried again before it becomes a dead letter.")
    retry_delay: Span = Field(timedelta(seconds=1), description="Before the first retry; doubled for each further one.")
    grace: Span = Field(timedelta(seconds=8), description="How long a service that stops may take to finish what it has begun.")

    def database_url(self, service: str) -> str:
        """CARE_<SERVICE>_DATABASE_URL: `sqlite:///<file>` (default: `<service>.db` in the data folder) or `postgresql://…`."""
        return _of(service, "DATABASE_URL") or f"sqlite:///{self.data_dir.absolute() / service}.db"

    def partners(self, service: str) -> Path | None:
        """CARE_<SERVICE>_PARTNERS: the file that says how those outside are reached whom the service asks; None: nobody."""
        said = _of(service, "PARTNERS")
        return Path(said) if said else None

    def service_url(self, service: str, services: Iterable[str]) -> str:
        """CARE_<SERVICE>_URL without `/fhir`; by default loopback and the port of the service's place among `services`.

        `services` is the directory's `owns` (or any names in its order).
        """
        return _of(service, "URL").rstrip("/") or f"http://127.0.0.1:{self.port(service, services)}"

    def port(self, service: str, services: Iterable[str]) -> int:
        """The port that the service listens on: port_base plus its place in the directory, from 1."""
        return self.port_base + 1 + list(services).index(service)

    @property
    def broker_url(self) -> str:
        return self.nats_url or f"nats://127.0.0.1:{self.nats_port}"

    @property
    def run_dir(self) -> Path:
        """Where the supervisor writes `<name>.pid`."""
        return self.data_dir / "run"


PER_SERVICE: Mapping[str, str] = {
    "DATABASE_URL": "Database of that service: `sqlite:///<file>` or `postgresql://user:password@host/name`. "
    "Default: `<service>.db` in the data folder.",
    "PARTNERS": "JSON file that says how those outside are reached whom that service asks; without it nobody outside is asked. "
    "Each service that asks anybody has a page about it in docs/decisions.",
    "URL": "Address at which the others reach that service. Default: loopback and its port.",
}
"""Settings that exist once for each service: CARE_<SERVICE>_<key>."""


def _of(service: str, key: str) -> str:
    return os.environ.get(f"CARE_{service.upper()}_{key}", "")
