"""Writes down what came of attempts, many at a time, until all of it is safe."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Self

from chassis.tasks import end
from event_lifecycle.webhooks.claims import Result
from event_lifecycle.webhooks.deliveries import record
from eventstore.background import keep_trying
from eventstore.dedicated import dedicated_connection
from eventstore.doorbell import Doorbell

# Results gather for so long; each commit then costs many of them one wait for the disk.
_GATHER_S = 0.02
_IDLE_S = 30.0
_LAST_RECORD_S = 1.0


class Recorder:
    """Runs while its context is entered; `on_recorded` learns what is committed."""

    def __init__(
        self,
        url: str,
        disable_after: timedelta,
        on_recorded: Callable[[Sequence[Result]], None],
        rng: Random,
    ) -> None:
        self._url = url
        self._disable_after = disable_after
        self._on_recorded = on_recorded
        self._rng = rng
        self._results: list[Result] = []
        self._doorbell = Doorbell()
        self._all_recorded = asyncio.Event()
        self._all_recorded.set()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(keep_trying("webhook results", self._session, self._rng))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever was added is recorded, if the database lets us within a moment."""
        self._doorbell.ring()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_RECORD_S):
                await self._all_recorded.wait()
        await end(self._loop)

    def add(self, result: Result) -> None:
        self._all_recorded.clear()
        self._results.append(result)
        self._doorbell.ring()

    async def _session(self, works: Callable[[], None]) -> None:
        async with dedicated_connection(self._url, "webhook results") as connection:
            while True:
                self._doorbell.silence()
                if results := self._results[:]:
                    await record(connection, results, self._disable_after)
                    del self._results[: len(results)]
                    self._on_recorded(results)
                works()
                if self._results:
                    continue
                self._all_recorded.set()
                await self._doorbell.wait(connection, _IDLE_S)
                await asyncio.sleep(_GATHER_S)
