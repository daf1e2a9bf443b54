"""`/admin/hl7v2`: the messages that came and what became of them, for who looks after the feed; and playing one again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from shared.fhir.refusal import Malformed
from shared.rest.beside import Asked, Page, admin_page
from shared.service import Deployed
from shared.store.version import Record

from . import journal
from .reception import Reception

ADDRESS: Final = "/admin/hl7v2"
FILTERS: Final = ("state", *journal.KEYS)

_PAGE: Final = 100
_NOT_SHOWN: Final = frozenset({"raw", "encoding"})


def pages(deployed: Deployed) -> Sequence[Page]:
    reception = Reception(deployed)

    async def told(id: str) -> Record:
        return await deployed.store.view(lambda view: journal.told(view, id))

    async def messages(asked: Asked) -> Any:
        """`{messages: […], next}`, newest first; `?state=…&type=…&sender=…&control=…&visit=…&patient=…`"""
        filters = _filters(asked)
        keys = {name: value for name, value in filters.items() if name != "state"}
        before = asked.query.get("before", "")
        found = await deployed.store.view(lambda view: journal.find(view, filters.get("state"), keys, _PAGE, before))
        following = f"{ADDRESS}?{urlencode({**filters, 'before': found[-1].id})}" if len(found) == _PAGE else None
        return {"messages": [_shown(record) for record in found], "next": following}

    async def message(asked: Asked) -> Any:
        return _whole(await told(asked.path["id"]))

    async def replay(asked: Asked) -> Any:
        """Map it once more, whatever became of it before."""
        await reception.replay(asked.path["id"])
        return _whole(await told(asked.path["id"]))

    return (
        admin_page("GET", ADDRESS, messages),
        admin_page("GET", f"{ADDRESS}/{{id}}", message),
        admin_page("POST", f"{ADDRESS}/{{id}}/replay", replay),
    )


def _filters(asked: Asked) -> dict[str, str]:
    unknown = asked.query.keys() - {*FILTERS, "before"}
    if unknown:
        raise Malformed(f"messages are not filtered by {', '.join(sorted(unknown))}, but by {', '.join(FILTERS)}")
    return {name: asked.query[name] for name in FILTERS if name in asked.query}


def _whole(record: Record) -> dict[str, Any]:
    return _shown(record) | {name: record.body[name] for name in sorted(_NOT_SHOWN)}


def _shown(record: Record) -> dict[str, Any]:
    keys = {name: record.keys.get(name) for name in journal.KEYS}
    return {"id": record.id, "state": record.state, **keys} | {
        name: value for name, value in record.body.items() if name not in _NOT_SHOWN
    }
