"""What the environment sets (CARE_…)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One process's settings, read from the environment. Owned by the runtime; add a field with a description where needed."""

    model_config = SettingsConfigDict(env_prefix="CARE_", extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on; only loopback until authentication is configured.")
    port_base: int = Field(8000, description="Services listen on this port plus their place in the directory, from 1.")
    nats_port: int = Field(4222, description="Port of the broker that `make run` starts.")
    nats_url: str = Field("", description="Use this broker instead and start none.")
    mllp_port: int = Field(2575, description="Port for HL7 v2 over MLLP.")
    data_dir: Path = Field(Path(".data"), description="Folder of the embedded databases, the broker's files and process ids.")
    clock: str = Field("system", description="`system`, an offset such as `+90s`, or `file:<path>` with an instant.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    max_body_bytes: int = Field(16 * 1024 * 1024, description="Largest request body.")
    event_max_bytes: int = Field(1_000_000, description="Larger resources travel as a `care-fetch` address.")
    outbox_keep: str = Field("24h", description="How long published outbox rows are kept.")
    stream_replicas: int = Field(1, description="Replicas of the stream CARE.")
    stream_max_age: str = Field("30d", description="How long the stream CARE keeps events.")
