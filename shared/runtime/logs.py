"""One JSON line for each thing worth saying, to stderr, with the trace id of the work it belongs to.

Nothing from inside a resource is ever logged: types, ids and counts only.
"""

from __future__ import annotations

import logging
import os

import orjson
import structlog
from structlog.typing import EventDict, Processor

from shared.rest.access import Access

_QUIET = ("alembic", "httpx", "httpcore", "uvicorn", "nats")
"""Libraries whose every step is no news."""

_READS = ("capabilities", "history", "read", "search", "vread")

log = structlog.get_logger()


def configure(service: str, level: str) -> None:
    """Send structlog's and the standard library's lines to stderr as JSON. `level` as in CARE_LOG_LEVEL."""
    number = logging.getLevelNamesMapping()[level.upper()]

    def named(_: object, __: str, line: EventDict) -> EventDict:
        line["service"] = service
        return line

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
        logger_factory=structlog.BytesLoggerFactory(os.fdopen(2, "wb", closefd=False)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(os.fdopen(2, "w", closefd=False))
    rendered = structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line).decode())
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[drop, rendered], foreign_pre_chain=shared))
    logging.root.addHandler(handler)
    logging.root.setLevel(number)
    for library in _QUIET:
        logging.getLogger(library).setLevel(max(number, logging.WARNING))


def accessed(access: Access) -> None:
    """A listener of shared.rest: a line for every write (reads are DEBUG), with no id that could lead to a patient."""
    say = log.debug if access.interaction.startswith(_READS) else log.info
    say("answered", interaction=access.interaction, type=access.type, status=access.outcome, seconds=round(access.seconds, 6))
