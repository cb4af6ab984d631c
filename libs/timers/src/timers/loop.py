"""Fires timers when they are due, by the database's clock.

The owner's claim statement deletes due timers and stores the facts they cause, in one
transaction: a crash undoes both, and there is nothing to recover. Loops in several processes
share the work without knowing of each other, because a claim skips what another one has locked.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic
from typing import Any, Self, TypeAlias

from prometheus_client import CollectorRegistry
from psycopg.rows import dict_row

from chassis.named_sql import load
from chassis.tasks import end
from chassis.tracing import begin_span, entered, link, traceparent_of
from eventstore.background import Works, keep_trying
from eventstore.dedicated import Connection, dedicated_connection
from timers.origins import origins
from timers.timer_metrics import TimerMetrics

Fired: TypeAlias = Sequence[Mapping[str, Any]]
"""What the claim statement returned, a mapping per timer: at least `key` and `due_at`."""

_SQL = load("timers", "timers.sql")
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_END = datetime(9999, 12, 31, tzinfo=UTC)
# How long a transaction may take from choosing an instant already due to its commit, unless
# its process says `wake`; what takes longer is found by the sweep.
_SLACK = timedelta(seconds=2)
_SWEEP_S = 30.0
# Each claim is a commit: timers due within the shortest pause share one.
_SHORTEST_PAUSE_S = 0.005
_LOCKED_PAUSE_S = 0.02


class TimerLoop:
    """Runs while its context is entered, whether or not PostgreSQL is there.

    `claim` is one statement with the parameters `watermark`, `limit`, `traceparent`. It must take
    only timers with `due_at` from `watermark` to `now()`, the earliest first, `for update skip
    locked` together with the `keys` rows of their subjects; the facts it stores carry the
    `traceparent`. `on_fired` is told after the commit; it may never hear of some, when the process
    ends in between.
    """

    def __init__(
        self,
        url: str,
        claim: str | bytes,
        *,
        on_fired: Callable[[Fired], Awaitable[None] | None],
        set_by: Sequence[str] = (),
        name: str = "timers",
        idle: float = 0.25,
        limit: int = 1_000,
        registry: CollectorRegistry | None = None,
        clock: Callable[[], float] = monotonic,
        rng: Random | None = None,
    ) -> None:
        """`idle` is the longest pause in seconds, `limit` the most timers of one claim.

        `set_by` are the types of facts that set timers: a recorded span links to their traces.
        `clock` only tells how many seconds have passed; `rng` spreads reconnections.
        """
        self._url = url
        self._claim = claim.encode() if isinstance(claim, str) else claim
        self._on_fired = on_fired
        self._set_by = list(set_by)
        self._name = name
        self._idle = idle
        self._limit = limit
        self._metrics = TimerMetrics(clock, registry)
        self._clock = clock
        self._rng = rng or Random()  # noqa: S311  # spreads retries, keeps no secret
        self._woken = asyncio.Event()
        self._earliest_told = _END
        self._next_look = _END
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(keep_trying(self._name, self._session, self._rng))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        await end(self._task)

    def wake(self, due_at: datetime) -> None:
        """Say that a timer due at `due_at` was committed; needed to be in time if that is soon."""
        if due_at <= self._next_look:
            self._earliest_told = min(self._earliest_told, due_at)
            self._woken.set()

    async def _session(self, works: Works) -> None:
        async with dedicated_connection(self._url, self._name) as connection:
            watermark, sweep_at = _BEGINNING, self._clock() + _SWEEP_S
            while True:
                self._next_look = _END
                self._woken.clear()
                if self._clock() >= sweep_at:
                    watermark, sweep_at = _BEGINNING, self._clock() + _SWEEP_S
                watermark = min(watermark, self._earliest_told)
                self._earliest_told = _END
                watermark, pause = await self._look(connection, watermark)
                works()
                await self._rest(pause)

    async def _look(self, connection: Connection, watermark: datetime) -> tuple[datetime, float]:
        """Fire what is due from `watermark` on; return the next watermark and the pause in s."""
        fired = await self._fire(connection, watermark)
        cursor = await connection.execute(_SQL["next_due"], {"watermark": watermark})
        row = await cursor.fetchone()
        assert row is not None
        now: datetime = row[0]
        next_due: datetime = row[1] or _END
        until_next = (next_due - now).total_seconds()
        self._metrics.looked(
            [(now - timer["due_at"]).total_seconds() for timer in fired],
            until_next if row[1] else None,
        )
        pause = self._pause(len(fired), until_next)
        self._next_look = now + timedelta(seconds=pause)
        return min(next_due, now) - _SLACK, pause

    async def _fire(self, connection: Connection, watermark: datetime) -> Fired:
        # Most looks find nothing, and are not worth a trace: this one may never be entered.
        firing = begin_span("fire timers")
        traceparent = traceparent_of(firing)
        wanted = {"watermark": watermark, "limit": self._limit, "traceparent": traceparent}
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._claim, wanted)
            fired = await cursor.fetchall()
        if fired:
            with entered(firing):
                told = self._on_fired(fired)
                if inspect.isawaitable(told):
                    await told
                if firing.is_recording():
                    keys = [timer["key"] for timer in fired]
                    # Links: days may lie between, and of many that were set none is the parent.
                    link(firing, await origins(connection, keys, traceparent, self._set_by))
        return fired

    def _pause(self, fired: int, until_next: float) -> float:
        if fired == self._limit:
            return 0
        if until_next <= 0 and not fired:
            return _LOCKED_PAUSE_S
        return min(max(until_next, _SHORTEST_PAUSE_S), self._idle)

    async def _rest(self, pause: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._woken.wait()
