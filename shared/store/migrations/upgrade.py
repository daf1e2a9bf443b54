"""Runs Alembic from code: one transaction for all migrations, under a lock that other starting processes wait for."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

_LOCK: Final = 0x0CA5E100
"""A number of our own for pg_advisory_xact_lock."""

_ALEMBIC: Final = threading.Lock()
"""Alembic keeps what it works on in globals, so one thread at a time."""


def upgrade(url: str, revision: str = "head") -> None:
    engine = engine_of(url)
    with _ALEMBIC, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        command.upgrade(config_of(connection), revision)
    engine.dispose()


def config_of(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def engine_of(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine("postgresql+psycopg://" + url.split("://", 1)[1], poolclass=NullPool)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 30})
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _leave_transactions_to_us(connection: Any, _: object) -> None:
    """Python's driver would commit before DDL; then a migration that fails would leave its first half."""
    connection.isolation_level = None
