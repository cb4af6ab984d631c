"""Tells others of each poll's best times: `commontime.recommendations`, the latest of each poll.

Whoever takes facts in marks their polls as due, in the same transaction. Any replica claims what
is due, computes without holding a lock, and leaves the state for the relay in the transaction that
notes it as told. So something is told after each change, not too often, and never after what came
later; the claims of a replica that dies fall to the others.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic
from uuid import UUID

import structlog
from prometheus_client import CollectorRegistry
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.database import Pool
from chassis.named_sql import load
from chassis.tasks import end
from contracts.recommendations import PollRecommendations
from contracts.topics import RECOMMENDATIONS
from eventstore.background import Works, keep_trying
from eventstore.outgoing_states import publish_state
from recommender.answering import Query
from recommender.answers import Answers, is_heavy
from recommender.emission_metrics import EmissionMetrics
from recommender.entries import Entries
from recommender.feed import poll_ids
from recommender.verdict import state_of
from recommender.work import off_the_loop_if

PAUSE = timedelta(seconds=1)
"""Between two claims of one poll, by whichever replica."""
_AT_ONCE = 100
_GATHER_S = 0.2
"""Nobody waits for these: what many polls have to tell goes together."""
_LOOK_EVERY_S = 2.0
"""For what other replicas left behind."""
_MEASURE_S = 5.0

_SQL = load("recommender", "emissions.sql")
_log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def mark_due(conn: AsyncConnection[TupleRow], keys: Collection[str]) -> None:
    """In the transaction that changes something about these polls."""
    if polls := poll_ids(keys):
        await conn.execute(_SQL["mark_due"], {"polls": polls})


class Emitter:
    """Runs while its context is entered. `wake` has the relay look for what was left for it."""

    def __init__(
        self,
        pool: Pool,
        entries: Entries,
        answers: Answers,
        wake: Callable[[], None],
        registry: CollectorRegistry,
        *,
        regret_people: int,
    ) -> None:
        self._pool = pool
        self._entries = entries
        self._answers = answers
        self._wake = wake
        self._regret_people = regret_people
        self._metrics = EmissionMetrics(registry)
        self._measured_at = float("-inf")
        self._bell = asyncio.Event()
        self._lively_until = 0.0

    async def __aenter__(self) -> "Emitter":
        self._emitting = asyncio.create_task(keep_trying("emitter", self._emit_on, Random()))  # noqa: S311  # spreads retries
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._emitting)

    def changed(self, _polls: frozenset[UUID] | None) -> None:
        """Look for what is due, now and when the pause of what was told a moment ago is over."""
        self._lively_until = monotonic() + 2 * PAUSE.total_seconds()
        self._bell.set()

    async def _emit_on(self, works: Works) -> None:
        while True:
            self._bell.clear()
            await self._measure()
            claimed = await self._claim()
            computed = [await self._computed_or_left(poll_id) for poll_id, _ in claimed]
            found = [
                (due, state)
                for (_, due), state in zip(claimed, computed, strict=True)
                if state is not None
            ]
            if found:
                await self._emit(found)
                self._wake()
            works()
            if len(claimed) < _AT_ONCE:
                await self._wait()

    async def _wait(self) -> None:
        await asyncio.sleep(_GATHER_S)
        lively = monotonic() < self._lively_until
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE.total_seconds() if lively else _LOOK_EVERY_S):
                await self._bell.wait()

    async def _claim(self) -> Sequence[tuple[UUID, int]]:
        async with self._pool.connection() as conn:
            parameters = {"pause": PAUSE, "limit": _AT_ONCE}
            cursor = await conn.execute(_SQL["claim"], parameters, prepare=True)
            return await cursor.fetchall()

    async def _measure(self) -> None:
        if monotonic() - self._measured_at < _MEASURE_S:
            return
        async with self._pool.connection() as conn:
            row = await (await conn.execute(_SQL["oldest_due"])).fetchone()
        self._metrics.saw(None if row is None else row[0])
        self._measured_at = monotonic()

    async def _computed_or_left(self, poll_id: UUID) -> PollRecommendations | None:
        try:
            return await self._state(poll_id)
        # One poll that cannot be computed must not keep the others back. It stays due.
        except Exception as error:
            _log.warning(
                "poll not told of, trying again", poll=str(poll_id), error=type(error).__name__
            )
            return None

    async def _emit(self, found: Sequence[tuple[int, PollRecommendations]]) -> None:
        states = {state.poll_id: state for _, state in found}
        columns = {
            "polls": list(states),
            "dues": [due for due, _ in found],
            "versions": [state.version for state in states.values()],
            "states": [state.model_dump_json() for state in states.values()],
        }
        async with self._pool.connection() as conn, conn.transaction():
            cursor = await conn.execute(_SQL["emit"], columns, prepare=True)
            newer = sorted(poll_id for (poll_id,) in await cursor.fetchall() if poll_id)
            async with conn.pipeline():
                for poll_id in newer:
                    state = states[poll_id]
                    await publish_state(conn, RECOMMENDATIONS, str(poll_id), state.version, state)
        self._metrics.emitted.inc(len(newer))

    async def _state(self, poll_id: UUID) -> PollRecommendations | None:
        # From the database: what is at hand may be older than what was claimed.
        entry = await self._entries.read(poll_id)
        if entry is None:
            return None
        poll = entry.poll
        async with self._answers.taken(poll, entry.heads.schedules) as current:
            heavy = is_heavy(current.index, Query(people="counts"), anew=False)
            now, people = datetime.now(UTC), self._regret_people
            return await off_the_loop_if(
                heavy, lambda: state_of(poll, current, now=now, regret_people=people)
            )
