"""The event door of one service: everything that publishes, listens, follows and waits, started and stopped together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, NoReturn

import structlog
from starlette.routing import Route

from shared.delivery.admin import Admin
from shared.delivery.beginning import Footing
from shared.delivery.consumer import Consumer
from shared.delivery.followers import Followers
from shared.delivery.health import Health, Parts
from shared.delivery.loop import end, forever
from shared.delivery.owner import Owners
from shared.delivery.relay import Relay
from shared.delivery.retries import Retries
from shared.delivery.taking import Retrying, Taking
from shared.delivery.timers import Timers
from shared.events.stream import Stream
from shared.fhir.refusal import Refusal
from shared.service import Deployed

_OUTLIVES_STREAM: Final = timedelta(days=1)
"""Inbox rows are kept that much longer than the stream keeps events."""

_log = structlog.get_logger()


class Delivery:
    """What `start` answers. The broker may be away at any time: the service works on, and everything here tries again."""

    def __init__(self, deployed: Deployed, owners: Owners | None = None) -> None:
        service, store, settings = deployed.service, deployed.store, deployed.settings
        retrying = Retrying(settings.retries, settings.retry_delay)
        taking = Taking(service, retrying)
        self.stream = Stream(
            settings.broker_url, f"careloom-{service.name}", replicas=settings.stream_replicas, max_age=settings.stream_max_age
        )
        self.owners = owners or Owners(settings, service.directory)
        self.relay = Relay(deployed, self.stream)
        self.consumer = Consumer(store, self.stream, Footing(service, store, self.stream), taking, self.owners)
        self.followers = Followers(service, store, self.owners)
        self.retries = Retries(store, taking, settings.stream_max_age + _OUTLIVES_STREAM)
        self.timers = Timers(service, store, deployed.clock, retrying)
        self._health = Health(store, self.stream, Parts(self.relay, self.consumer, self.retries, self.timers))
        self._admin = Admin(deployed, self.followers, self.owners)
        self._grace = settings.grace.total_seconds() / 2
        self._tasks: list[asyncio.Task[NoReturn]] = []

    def start(self) -> None:
        self.stream.open()
        for run in (
            self.relay.run,
            self.consumer.run,
            self.consumer.watch,
            self.consumer.listener.keep,
            self._follow,
            self.retries.run,
            self.timers.run,
            self._health.run,
        ):
            self._tasks.append(asyncio.create_task(forever(run, run.__qualname__), name=run.__qualname__))

    def health(self) -> dict[str, Any]:
        """What waits, what failed, whether the broker is there: see Health.shown. Never waits."""
        return self._health.shown()

    def routes(self) -> list[Route]:
        """The pages under `/admin`."""
        return self._admin.routes()

    async def stop(self) -> None:
        """Finish the batch at hand and acknowledge it, mark what was published, let go of the broker."""
        await self._within_grace(self.consumer.rest)
        await end(self._tasks)
        await self._within_grace(self.relay.stop)
        await self.stream.close()
        await self.owners.close()

    async def _follow(self) -> None:
        await self.consumer.settled.wait()
        await self.followers.run()

    async def _within_grace(self, last: Callable[[], Awaitable[None]]) -> None:
        try:
            await asyncio.wait_for(last(), self._grace)
        except (TimeoutError, Refusal) as error:
            _log.warning("stopped in the middle; it is done again after the next start", error=type(error).__name__)


def start(deployed: Deployed) -> Delivery:
    """Start everything, in the background of the running event loop. Raises ValueError for a service that can't listen."""
    delivery = Delivery(deployed)
    delivery.start()
    return delivery
