"""Indexes of polls, kept in memory and brought up to date from the database by what is new in it.

Any number of replicas may do so beside each other: an index is used only as far as the database
has come at that time.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakValueDictionary

from chassis.database import Pool
from chassis.named_sql import load
from recommender.known_polls import Poll
from recommender.people import people_in
from recommender.ranking.index import FEW, Person, PollIndex
from recommender.readings import Readings
from recommender.recently_used import RecentlyUsed
from recommender.work import Overloaded, off_the_loop_if

MOST_WAITING = 1_000
"""For their turns at polls, all together."""

_SQL = load("recommender")
HEAVY_LOAD = 100_000
"""Bytes of schedules that take some five milliseconds to load."""
_HEAVY_CHANGES = 20_000_000
"""Bytes of an index, for each person changed, that take as long to change."""


@dataclass(frozen=True, slots=True)
class Current:
    """An index with the people as of `sequence` of the `schedules` facts."""

    index: PollIndex
    sequence: int


@dataclass(frozen=True, slots=True)
class _News:
    """`people` are those changed who are there, `gone` those who are not, as of `sequence`."""

    sequence: int
    people: Sequence[Person]
    gone: Sequence[str]


class Indexes:
    """Who works on a poll's index is the only one to do so, so that it is never half changed."""

    def __init__(self, pool: Pool, capacity: int) -> None:
        self._pool = pool
        self._indexes: RecentlyUsed[UUID, Current] = RecentlyUsed(capacity)
        self._readings = Readings()
        self._turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._waiting = 0

    def forget(self, polls: frozenset[UUID] | None) -> None:
        """Keep nothing of these polls, or of none at all for None."""
        self._readings.overtake(polls)
        self._indexes.drop_if(lambda poll_id: polls is None or poll_id in polls)

    @asynccontextmanager
    async def taken(self, poll: Poll, sequence: int) -> AsyncGenerator[Current]:
        """The poll's index as of `sequence` of the `schedules` facts, or of a later one.

        Nobody else gets it meanwhile. It is not kept where the work on it is given up, since a
        thread may still be changing it, nor where it is to be forgotten meanwhile. Raises
        `Overloaded` where too many wait already.
        """
        poll_id = poll.known.poll_id
        async with self._turn(poll_id):
            with self._readings.of(poll_id) as reading:
                held = self._indexes.get(poll_id)
                self._indexes.drop(poll_id)
                if held is None or held.sequence != sequence:
                    held = await self._brought_up_to_date(poll, held)
                held = await _with_times_of(poll, held)
                try:
                    yield held
                except asyncio.CancelledError:
                    reading.overtaken = True
                    raise
                finally:
                    if not reading.overtaken:
                        self._indexes.put(poll_id, held, held.index.nbytes)

    @asynccontextmanager
    async def _turn(self, poll_id: UUID) -> AsyncGenerator[None]:
        turn = self._turns.setdefault(poll_id, asyncio.Lock())
        if self._waiting >= MOST_WAITING:
            raise Overloaded
        self._waiting += 1
        try:
            await turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            turn.release()

    async def _brought_up_to_date(self, poll: Poll, held: Current | None) -> Current:
        since = Current(PollIndex(poll.times), 0) if held is None else held
        news = await self._news(poll.known.poll_id, since)
        if news.sequence < since.sequence:  # the tables were emptied, to be filled anew
            return await self._brought_up_to_date(poll, None)
        return Current(await _advanced(since.index, news), news.sequence)

    async def _news(self, poll_id: UUID, since: Current) -> _News:
        async with self._pool.connection() as conn, conn.cursor(binary=True) as cursor:
            parameters = {"poll": poll_id, "since": since.sequence}
            await cursor.execute(_SQL["people_since"], parameters, prepare=True)
            rows = await cursor.fetchall()
        changed = people_in([row[1:] for row in rows if row[1] is not None], since.index.person)
        return _News(
            rows[0][0] if rows else 0,
            [person for person in changed.values() if person is not None],
            [id_ for id_, person in changed.items() if person is None],
        )


async def _advanced(index: PollIndex, news: _News) -> PollIndex:
    changed = len(news.people) + len(news.gone)
    if changed > FEW:
        packed = sum(len(person.schedule or b"") for person in news.people)
        heavy = packed + index.nbytes // 5 > HEAVY_LOAD
    else:
        heavy = index.changes.nbytes * changed > _HEAVY_CHANGES
    return await off_the_loop_if(heavy, lambda: index.updated(news.people, news.gone))


async def _with_times_of(poll: Poll, held: Current) -> Current:
    index, times = held.index, poll.times
    if index.times == times:
        return held
    heavy = index.nbytes // 5 > HEAVY_LOAD
    return Current(await off_the_loop_if(heavy, lambda: index.with_times(times)), held.sequence)
