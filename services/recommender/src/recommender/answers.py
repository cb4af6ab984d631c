"""Answers to the question of when to meet: computed once for all who may see the same."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self, TypeAlias
from uuid import UUID

from chassis.database import Pool
from chassis.named_sql import load
from recommender.answering import Query, TakesLonger, answered
from recommender.indexes import Current, Indexes
from recommender.known_polls import Poll
from recommender.ranking.index import PollIndex
from recommender.readings import Readings
from recommender.recently_used import RecentlyUsed
from recommender.work import off_the_loop_if

MakesIndex: TypeAlias = Callable[[], Awaitable[PollIndex]]
_Key: TypeAlias = "tuple[UUID, int, Heads, Audience, Query]"

_SQL = load("recommender")
_ENTRY_BYTES = 500
_HEAVY_RANKING = 100_000
"""Changes of level that take five milliseconds to rank."""
_TELLING_WHO, _ANOTHER_DURATION = 9, 8
"""So many times as much it takes to say who lacks what, and to rank for another duration."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose names are shown: everybody's, at most one's own, nobody's."""

    everyone: bool
    oneself: str | None = None


@dataclass(frozen=True, slots=True)
class Heads:
    """How far what is asked about has come: sequences of facts, and the state of the names."""

    schedules: int
    names: int


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    etag: str
    sequences: Mapping[str, int]

    @classmethod
    def of(cls, body: bytes, sequences: Mapping[str, int]) -> Self:
        return cls(body, f'"{blake2b(body, digest_size=16).hexdigest()}"', sequences)


class Answers:
    def __init__(self, pool: Pool, *, index_bytes: int, answer_bytes: int) -> None:
        self._pool = pool
        self._indexes = Indexes(pool, index_bytes)
        self._answers: RecentlyUsed[_Key, Answer] = RecentlyUsed(answer_bytes)
        self._readings = Readings()

    async def answer(self, poll: Poll, heads: Heads, audience: Audience, query: Query) -> Answer:
        """The answer as of `heads` or later; it says of which sequences it is."""
        answer = self._answers.get(_key(poll, heads, audience, query))
        if answer is not None:
            return answer
        async with self.taken(poll, heads.schedules) as current:
            # Those who waited for their turn asked the same, as a rule.
            heads = Heads(current.sequence, heads.names)
            return await self._answer(poll, heads, audience, query, _ready(current.index))

    async def answer_at(
        self, poll: Poll, heads: Heads, audience: Audience, query: Query, index: MakesIndex
    ) -> Answer:
        """The answer as of just `heads`, from the index of that time, made where it is needed."""
        return await self._answer(poll, heads, audience, query, index)

    def taken(self, poll: Poll, schedules: int) -> AbstractAsyncContextManager[Current]:
        """The poll's index as of that sequence or later; nobody else gets it meanwhile."""
        return self._indexes.taken(poll, schedules)

    def forget(self, polls: frozenset[UUID] | None) -> None:
        """Keep nothing of these polls, or of none at all for None: somebody was erased."""
        self._readings.overtake(polls)
        self._indexes.forget(polls)
        self._answers.drop_if(lambda key: polls is None or key[0] in polls)

    async def names(self, poll_id: UUID, audience: Audience) -> dict[str, str]:
        """By participant: those that the audience is shown."""
        if not audience.everyone and audience.oneself is None:
            return {}
        async with self._pool.connection() as conn:
            cursor = await conn.execute(_SQL["names"], {"poll": poll_id}, prepare=True)
            names: dict[str, str] = dict(await cursor.fetchall())
        if audience.everyone:
            return names
        return {id_: name for id_, name in names.items() if id_ == audience.oneself}

    async def _answer(
        self, poll: Poll, heads: Heads, audience: Audience, query: Query, index: MakesIndex
    ) -> Answer:
        key = _key(poll, heads, audience, query)
        answer = self._answers.get(key)
        if answer is None:
            with self._readings.of(poll.known.poll_id) as reading:
                answer = await self._computed(poll, heads.schedules, await index(), audience, query)
            if not reading.overtaken:
                self._answers.put(key, answer, len(answer.body) + _ENTRY_BYTES)
        return answer

    async def _computed(
        self, poll: Poll, schedules: int, index: PollIndex, audience: Audience, query: Query
    ) -> Answer:
        ids = query.people == "ids"
        names = await self.names(poll.known.poll_id, audience) if ids else {}
        sequences = {"polls": poll.sequence, "schedules": schedules}
        another = query.duration not in (None, index.times.duration)
        body = await body_of(
            is_heavy(index, query, anew=another),
            lambda patient: answered(
                index,
                poll.rules,
                query,
                poll_id=str(poll.known.poll_id),
                as_of=sequences,
                names=names,
                patient=patient,
            ),
        )
        return Answer.of(body, sequences)


def is_heavy(index: PollIndex, query: Query, *, anew: bool) -> bool:
    """Whether an answer takes some milliseconds; `anew`, if the index is not ready for it."""
    effort = 1 + (query.people == "ids") * _TELLING_WHO + anew * _ANOTHER_DURATION
    return len(index.changes.time) * effort > _HEAVY_RANKING


async def body_of(heavy: bool, answered: Callable[[bool], bytes]) -> bytes:
    """What is `answered`, patiently or not: beside the event loop if it is heavy or takes long."""
    try:
        return await off_the_loop_if(heavy, lambda: answered(heavy))
    except TakesLonger:
        return await off_the_loop_if(True, lambda: answered(True))


def _key(poll: Poll, heads: Heads, audience: Audience, query: Query) -> _Key:
    return (poll.known.poll_id, poll.sequence, heads, audience, query)


def _ready(index: PollIndex) -> MakesIndex:
    async def made() -> PollIndex:
        return index

    return made
