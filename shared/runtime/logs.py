"""One JSON line for each thing worth saying, to stderr, with the trace id of the work it belongs to.

Nothing from inside a resource is ever logged: types, ids and counts only.
"""

from __future__ import annotations

import logging
import sys

import orjson
import structlog
from structlog.typing import EventDict, Processor

_QUIET = ("alembic", "httpx", "httpcore", "uvicorn", "nats")
"""Libraries whose every step is no news."""


def configure(service: str, level: str) -> None:
    """Send structlog's and the standard library's lines to stderr as JSON. `level` as in CARE_LOG_LEVEL."""
    number = logging.getLevelNamesMapping()[level.upper()]

    def named(_: object, __: str, line: EventDict) -> EventDict:
        return line | {"service": service}

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    rendered = structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line).decode())
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[drop, rendered], foreign_pre_chain=shared))
    logging.basicConfig(level=number, handlers=[handler], force=True)
    for library in _QUIET:
        logging.getLogger(library).setLevel(max(number, logging.WARNING))
