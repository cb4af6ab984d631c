"""Answers to the question of when to meet: computed once for all who may see the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from chassis.database import Pool
from chassis.named_sql import load
from recommender.answering import Query, answered
from recommender.indexes import Current, Indexes
from recommender.known_polls import Poll
from recommender.recently_used import RecentlyUsed
from recommender.work import off_the_loop_if

_SQL = load("recommender")
_ENTRY_BYTES = 500
_HEAVY_RANKING = 50_000
"""Changes of level that take some milliseconds to rank; of another duration a tenth as many do."""


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


class Answers:
    def __init__(self, pool: Pool, *, index_bytes: int, answer_bytes: int) -> None:
        self._pool = pool
        self._indexes = Indexes(pool, index_bytes)
        self._answers: RecentlyUsed[object, Answer] = RecentlyUsed(answer_bytes)

    async def answer(self, poll: Poll, heads: Heads, audience: Audience, query: Query) -> Answer:
        """The answer as of `heads` or later; it says of which sequences it is."""

        def key(schedules: int) -> object:
            return (poll.known.poll_id, poll.sequence, schedules, heads.names, audience, query)

        answer = self._answers.get(key(heads.schedules))
        if answer is not None:
            return answer
        async with self._indexes.taken(poll, heads.schedules) as current:
            # Those who waited for their turn asked the same, as a rule.
            answer = self._answers.get(key(current.sequence))
            if answer is None:
                answer = await self._computed(poll, current, audience, query)
                self._answers.put(key(current.sequence), answer, len(answer.body) + _ENTRY_BYTES)
            return answer

    async def _computed(
        self, poll: Poll, current: Current, audience: Audience, query: Query
    ) -> Answer:
        names = await self._names(poll.known.poll_id, audience, query)
        sequences = {"polls": poll.sequence, "schedules": current.sequence}
        changes = len(current.index.changes.time)
        another = query.duration not in (None, current.index.times.duration)
        body = await off_the_loop_if(
            changes * (10 if another else 1) > _HEAVY_RANKING,
            lambda: answered(
                current.index,
                poll.rules,
                query,
                poll_id=str(poll.known.poll_id),
                as_of=sequences,
                names=names,
            ),
        )
        return Answer(body, f'"{blake2b(body, digest_size=16).hexdigest()}"', sequences)

    async def _names(self, poll_id: UUID, audience: Audience, query: Query) -> dict[str, str]:
        nobody = not audience.everyone and audience.oneself is None
        if query.people == "counts" or nobody:
            return {}
        async with self._pool.connection() as conn:
            cursor = await conn.execute(_SQL["names"], {"poll": poll_id}, prepare=True)
            names: dict[str, str] = dict(await cursor.fetchall())
        if audience.everyone:
            return names
        return {id_: name for id_, name in names.items() if id_ == audience.oneself}
