"""Sends what is due to whoever is to be told, at least once.

A delivery is leased for an attempt and moved on when the result is recorded. A crash in between
lets the lease run out: the same message goes out again under the same id.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from time import monotonic
from typing import Self
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag

from chassis.clock import Clock
from chassis.tasks import end
from event_lifecycle.webhooks.deliveries import Claimed, Result, claim, record
from event_lifecycle.webhooks.metrics import DeliveryMetrics
from event_lifecycle.webhooks.retry import Attempt, verdict
from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.sender import SLOTS, Message, Sender
from eventstore.background import keep_trying
from eventstore.dedicated import Connection, dedicated_connection
from eventstore.doorbell import Doorbell

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

# At most this often the database is asked; meanwhile results gather and are recorded together.
_BEAT_S = 0.02
_FAREWELL_S = 3.0
_LAST_RECORD_S = 1.0


@dataclass(frozen=True)
class Pace:
    """`slots`: attempts at the same time in all; `in_flight`: at one endpoint.

    `schedule` holds the pauses between attempts. The lease must outlast an attempt.
    """

    schedule: Sequence[timedelta]
    slots: int = SLOTS
    in_flight: int = 10
    lease: timedelta = timedelta(seconds=60)
    idle_s: float = 0.25

    @property
    def most_attempts(self) -> int:
        return len(self.schedule) + 1


class Dispatcher:
    """Runs while its context is entered; any number of them share the work."""

    def __init__(
        self,
        url: str,
        sender: Sender,
        seal: Seal,
        clock: Clock,
        pace: Pace,
        metrics: DeliveryMetrics,
        *,
        rng: Random | None = None,
    ) -> None:
        self._url = url
        self._sender = sender
        self._seal = seal
        self._clock = clock
        self._pace = pace
        self._metrics = metrics
        self._rng = rng or Random()  # noqa: S311  # spreads retries, keeps no secret
        self._doorbell = Doorbell()
        self._sending: Counter[UUID] = Counter()
        self._attempts: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._all_recorded = asyncio.Event()
        self._leaving = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(keep_trying("webhooks", self._session, self._rng))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take nothing more, give what is under way a moment, and record what came of it."""
        self._leaving = True
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=_FAREWELL_S)
        for attempt in list(self._attempts):
            await end(attempt)
        self._doorbell.ring()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_RECORD_S):
                await self._all_recorded.wait()
        await end(self._loop)

    def wake(self) -> None:
        """Look for deliveries now: some were committed."""
        self._doorbell.ring()

    async def _session(self, works: Callable[[], None]) -> None:
        async with dedicated_connection(self._url, "webhooks") as connection:
            while True:
                began = monotonic()
                self._doorbell.silence()
                await self._record(connection)
                took_all = await self._take(connection)
                works()
                await asyncio.sleep(max(0.0, _BEAT_S - (monotonic() - began)))
                if took_all:
                    await self._doorbell.wait(connection, self._pace.idle_s)

    async def _record(self, connection: Connection) -> None:
        if results := self._results[:]:
            await record(connection, results)
            del self._results[: len(results)]
        if not self._results:
            self._all_recorded.set()

    async def _take(self, connection: Connection) -> bool:
        """Begin attempts as far as there is room; whether there is nothing more to begin now."""
        room = self._pace.slots - len(self._attempts)
        if room == 0 or self._leaving:
            return True
        claimed = await claim(
            connection,
            limit=room,
            in_flight=self._pace.in_flight,
            sending=self._sending,
            most=self._pace.most_attempts,
            lease=self._pace.lease,
        )
        for delivery in claimed:
            self._begin(delivery)
        return not claimed

    def _begin(self, delivery: Claimed) -> None:
        self._sending[delivery.endpoint] += 1
        task = asyncio.create_task(self._attempt(delivery))
        self._attempts.add(task)
        task.add_done_callback(lambda done: self._ended(done, delivery))

    def _ended(self, task: asyncio.Task[None], delivery: Claimed) -> None:
        self._attempts.discard(task)
        self._sending[delivery.endpoint] -= 1
        if self._sending[delivery.endpoint] == 0:
            del self._sending[delivery.endpoint]
        self._doorbell.ring()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only its kind: the message may hold the partner's URL, and that a secret.
            _log.error("attempt failed", delivery=delivery.id, error=type(error).__name__)

    async def _attempt(self, delivery: Claimed) -> None:
        try:
            self._conclude(delivery, await self._sender.send(self._message(delivery)))
        except InvalidTag:
            self._conclude(delivery, self._unsent("secret_unreadable"))
        except asyncio.CancelledError:
            self._conclude(delivery, self._unsent("interrupted"))
            raise

    def _unsent(self, why: str) -> Attempt:
        return Attempt(self._clock(), timedelta(), error=why)

    def _conclude(self, delivery: Claimed, attempt: Attempt) -> None:
        decided = verdict(attempt, delivery.attempts, self._pace.schedule, self._rng.random())
        self._metrics.observe(attempt, decided)
        self._all_recorded.clear()
        self._results.append(Result(delivery, attempt, decided))

    def _message(self, delivery: Claimed) -> Message:
        sealed = delivery.secret_sealed
        secret = None if sealed is None else self._seal.open(sealed, delivery.endpoint)
        return Message(delivery.n, delivery.url, delivery.body, secret)
