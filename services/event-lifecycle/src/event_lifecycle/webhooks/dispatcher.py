"""Sends what is due to whoever is to be told, at least once.

A delivery is leased for an attempt and moved on when the result is recorded. A crash in between
lets the lease run out: the same message goes out again under the same id.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from time import monotonic
from typing import Self
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag

from chassis.clock import Clock
from chassis.tasks import end
from chassis.tracing import SpanKind, span
from event_lifecycle.webhooks.attempt_spans import describe, traceparents
from event_lifecycle.webhooks.claims import Claimed, Result
from event_lifecycle.webhooks.deliveries import claim, look
from event_lifecycle.webhooks.messages import Messages
from event_lifecycle.webhooks.metrics import DeliveryMetrics
from event_lifecycle.webhooks.pacing import Limits, Pacing
from event_lifecycle.webhooks.recording import Recorder
from event_lifecycle.webhooks.retry import Attempt, verdict
from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.sender import SLOTS, Sender
from eventstore.background import keep_trying
from eventstore.dedicated import Connection, dedicated_connection
from eventstore.doorbell import Doorbell

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

# At most this often the database is asked. In flight at one endpoint are then up to a hundred
# times as many in a second as at once, however quickly it answers.
_BEAT_S = 0.01
_LOOK_S = 5.0
_FAREWELL_S = 3.0
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Pace:
    """`slots`: attempts at the same time in all. The lease must outlast an attempt.

    `schedule` holds the pauses between attempts.
    """

    schedule: Sequence[timedelta]
    limits: Limits = field(default_factory=Limits)
    slots: int = SLOTS
    lease: timedelta = timedelta(seconds=60)
    disable_after: timedelta = timedelta(days=5)
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
        self._messages = Messages(seal)
        self._clock = clock
        self._pace = pace
        self._metrics = metrics
        self._rng = rng or Random()  # noqa: S311  # spreads retries, keeps no secret
        self._doorbell = Doorbell()
        self._pacing = Pacing(pace.limits)
        self._attempts: set[asyncio.Task[None]] = set()
        self._recorder = Recorder(url, pace.disable_after, self._recorded, self._rng)
        # Whose turn was last.
        self._last = _NOBODY
        self._looked_at = float("-inf")
        self._taking = asyncio.Lock()
        self._leaving = False

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(self._recorder)
            self._loop = asyncio.create_task(keep_trying("webhooks", self._session, self._rng))
            opened.push_async_callback(self._leave)
            self._opened = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take nothing more, give what is under way a moment, and record what came of it."""
        await self._opened.aclose()

    async def _leave(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S), self._taking:
                self._leaving = True
        await end(self._loop)
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=_FAREWELL_S)
        for attempt in list(self._attempts):
            await end(attempt)

    def wake(self) -> None:
        """Look for deliveries now: some were committed."""
        self._doorbell.ring()

    async def _session(self, works: Callable[[], None]) -> None:
        # What is in the right order is read from an index, never sorted.
        unsorted = {"enable_sort": "off", "enable_incremental_sort": "off"}
        async with dedicated_connection(self._url, "webhooks", unsorted) as connection:
            while True:
                began = monotonic()
                self._doorbell.silence()
                async with self._taking:
                    took_all = await self._take(connection)
                works()
                await self._look(connection)
                await asyncio.sleep(max(0.0, _BEAT_S - (monotonic() - began)))
                if took_all:
                    pause = min(self._pace.idle_s, self._pacing.pause())
                    await self._doorbell.wait(connection, pause)

    async def _take(self, connection: Connection) -> bool:
        """Begin attempts as far as there is room; whether there is nothing more to begin now."""
        free = self._pace.slots - len(self._attempts)
        if free == 0 or self._leaving:
            return True
        rooms = self._pacing.rooms()
        claimed = await claim(
            connection,
            limit=free,
            rooms=rooms,
            after=self._last,
            most=self._pace.most_attempts,
            lease=self._pace.lease,
        )
        full = len(claimed) == free
        self._pacing.took(claimed, rooms, all_had_a_turn=not full)
        self._metrics.claimed(claimed)
        traces = await traceparents(connection, claimed)
        for delivery in claimed:
            self._last = delivery.endpoint
            if delivery.fate == "sent":
                self._begin(delivery, traces.get(delivery.n))
        return not full

    def _begin(self, delivery: Claimed, traceparent: str | None) -> None:
        self._pacing.begins(delivery)
        task = asyncio.create_task(self._traced(delivery, traceparent))
        self._attempts.add(task)
        task.add_done_callback(self._attempts.discard)

    async def _traced(self, delivery: Claimed, traceparent: str | None) -> None:
        with span("webhook attempt", kind=SpanKind.CLIENT, traceparent=traceparent):
            try:
                await self._attempt(delivery)
            # The door of the attempt: nobody waits for its task.
            except Exception as error:
                # Only its kind: the message may hold the partner's URL, and that a secret.
                _log.error("attempt failed", error=type(error).__name__)

    async def _attempt(self, delivery: Claimed) -> None:
        begun = monotonic()
        try:
            attempt = await self._sender.send(self._messages.message(delivery))
        except InvalidTag:
            attempt = self._unsent("secret_unreadable")
        except asyncio.CancelledError:
            self._conclude(delivery, self._unsent("interrupted"), begun)
            raise
        self._conclude(delivery, attempt, begun)

    def _unsent(self, why: str) -> Attempt:
        return Attempt(self._clock(), timedelta(), error=why, ours=True)

    def _conclude(self, delivery: Claimed, attempt: Attempt, begun: float) -> None:
        decided = verdict(attempt, delivery.in_round, self._pace.schedule, self._rng.random())
        held = self._pacing.ended(delivery, attempt, begun)
        describe(attempt)
        self._metrics.attempted(delivery, attempt, decided)
        self._recorder.add(Result(delivery, attempt, decided, held))
        if self._pacing.wants(delivery.endpoint) or len(self._attempts) >= self._pace.slots:
            self._doorbell.ring()

    def _recorded(self, results: Sequence[Result]) -> None:
        self._pacing.recorded(result.delivery.endpoint for result in results)
        if any(result.delivery.ordering == "per_event" for result in results):
            self._doorbell.ring()

    async def _look(self, connection: Connection) -> None:
        self._metrics.in_flight(len(self._attempts))
        if monotonic() - self._looked_at >= _LOOK_S:
            self._metrics.saw(await look(connection))
            self._looked_at = monotonic()
