"""Copies of what others own: loaded when a type is first followed, loaded again, and compared with their owners."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final, Literal

import httpx
import structlog

from shared.delivery.loop import wait_for
from shared.delivery.owner import Owners
from shared.service import Service
from shared.store import following, inbox
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Version

_UNIT: Final = 50
_TRY_AGAIN_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 5.0

_log = structlog.get_logger()


Became = Literal["right", "repaired", "set back", "unknown"]


@dataclass(frozen=True, slots=True)
class Compared:
    """What reconciling a type came to.

    `set_back` are copies that were newer than their owner, whose backup was restored: it owns them, so they are as it has them
    again (what they said is still in the stream). `unknown` are copies of what the owner has never heard of: they may be all
    that is left of it, and are left as they are.
    """

    compared: int
    repaired: int
    set_back: tuple[str, ...]
    unknown: tuple[str, ...]


class Followers:
    """Loading fills copies and runs no reactions: these wait until their type is loaded."""

    def __init__(self, service: Service, store: Store, owners: Owners) -> None:
        self.begun = asyncio.Event()
        self._service = service
        self._store = store
        self._owners = owners

    async def run(self) -> None:
        """Load what has begun to be followed, in the background; an absent owner is tried again."""
        states = await self._store.view(lambda view: following.states(view.connection))
        loading = [type for type, state in states.items() if state.state == "loading" and type in self._service.follows]
        for type in loading:
            await self._try(type)
        await wait_for(self.begun, _TRY_AGAIN_SECONDS if loading else _LOOK_SECONDS)

    async def load(self, type: str) -> int:
        """Read every version of a type from its owner and keep the newest. Answers how many were read. Raises HTTPError.

        A page is stored while the next one is read.
        """
        read = 0
        storing: asyncio.Future[None] = asyncio.ensure_future(self._keep_all(()))
        try:
            async for page in self._owners.history(type):
                await storing
                storing = asyncio.ensure_future(self._keep_all(page))
                read += len(page)
        finally:
            await storing
        await self._store.unit(lambda tx: _loaded(tx, type))
        return read

    async def resync(self, types: Iterable[str] = ()) -> dict[str, int]:
        """Load again, all followed types if none is named. Answers the versions read of each type. Raises HTTPError."""
        return {type: await self.load(type) for type in self._chosen(types)}

    async def reconcile(self, types: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
        """Compare versions of copies and owners and repair what differs. Answers Compared by type. Raises HTTPError."""
        return {type: asdict(await self._reconcile(type)) for type in self._chosen(types)}

    async def _keep_all(self, versions: Sequence[Version]) -> None:
        await asyncio.gather(*(self._store.unit(partial(_keep, versions=portion)) for portion in _portions(versions)))

    def _chosen(self, types: Iterable[str]) -> list[str]:
        wanted = set(types)
        return [type for type in self._service.follows if not wanted or type in wanted]

    async def _try(self, type: str) -> None:
        try:
            read = await self.load(type)
        except httpx.HTTPError as error:
            _log.info("its owner can't be read yet", type=type, error=_name(error))
        else:
            _log.info("followed", type=type, versions=read)

    async def _reconcile(self, type: str) -> Compared:
        theirs = await self._owners.digest(type)
        ours = await self._store.view(lambda view: following.digest(view.connection, type))
        differing = sorted(id for id in theirs.keys() | ours.keys() if theirs.get(id) != ours.get(id))
        found = [(id, await self._repaired(type, id)) for id in differing]
        set_back, unknown = (tuple(id for id, became in found if became == what) for what in ("set back", "unknown"))
        repaired = sum(became in ("repaired", "set back") for _, became in found)
        if differing:
            _log.warning("copies differed", type=type, repaired=repaired, set_back=len(set_back), unknown=len(unknown))
        return Compared(len(theirs.keys() | ours.keys()), repaired, set_back, unknown)

    async def _repaired(self, type: str, id: str) -> Became:
        """Ours is looked at before the owner is asked: what is newer then is newer than anything that it has told."""
        ours = await self._store.view(lambda view: view.current(type, id))
        newest = await self._owners.newest(type, id)
        if newest is None:
            return "unknown"
        if ours is None or ours.number <= newest.number:
            return "repaired" if await self._store.unit(lambda tx: tx.copy(newest)) else "right"
        return "set back" if await self._store.unit(lambda tx: _set_back(tx, newest, ours)) else "right"


def _name(error: Exception) -> str:
    return type(error).__name__


def _keep(tx: Transaction, versions: Sequence[Version]) -> int:
    """Newest first in a page, so of each resource only the first counts. Answers how many copies changed."""
    newest = {version.reference: version for version in reversed(versions)}
    return sum(tx.copy(version) for version in newest.values())


def _set_back(tx: Transaction, newest: Version, ours: Version) -> bool:
    """Unless something newer came meanwhile."""
    current = tx.current(newest.type, newest.id)
    return current is not None and current.number == ours.number and tx.copy(newest, older=True)


def _loaded(tx: Transaction, type: str) -> None:
    following.loaded(tx.connection, type)
    inbox.release(tx.connection, type)


def _portions(versions: Sequence[Version]) -> list[Sequence[Version]]:
    return [versions[start : start + _UNIT] for start in range(0, len(versions), _UNIT)]
