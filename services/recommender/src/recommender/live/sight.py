"""How polls are looked at for those who watch them."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

from chassis.database import Pool
from chassis.named_sql import load
from contracts.recommendations import Regret
from recommender.answering import Query
from recommender.answers import Answers, Audience, Heads, is_heavy
from recommender.entries import Entries, Entry
from recommender.erasing import erased_among
from recommender.live.snapshot import Sequences, Snapshot, snapshot_of
from recommender.verdict import regret_of
from recommender.work import off_the_loop_if

_SQL = load("recommender")
_NOBODY = Audience(everyone=False)
_COUNTS = Query(people="counts")
_NO_NAMES = 0
_AT_ONCE = 4
"""So many polls are looked at at a time: the others' requests want the database as well."""


class Sight:
    def __init__(self, pool: Pool, entries: Entries, answers: Answers, regret_people: int) -> None:
        self._pool = pool
        self._entries = entries
        self._answers = answers
        self._regret_people = regret_people
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def present(self, poll_id: UUID, known: Snapshot | None) -> Snapshot | None:
        """The poll as it is: `known` if it still is so, None if nothing is known of it here."""
        async with self._places:
            entry = self._entries.at_hand(poll_id) or await self._entries.read(poll_id)
            if entry is None:
                return None
            if known is not None and known.sequences == sequences_of(entry):
                return known
            heads = Heads(entry.heads.schedules, _NO_NAMES)
            answer = await self._answers.answer(entry.poll, heads, _NOBODY, _COUNTS)
            return snapshot_of(entry.poll, answer, await self._regret(entry))

    async def _regret(self, entry: Entry) -> Regret | None:
        poll, people, now = entry.poll, self._regret_people, datetime.now(UTC)
        if poll.known.finalised is None:
            return None
        async with self._answers.taken(poll, entry.heads.schedules) as current:
            index = current.index
            heavy = is_heavy(index, _COUNTS, anew=False)
            return await off_the_loop_if(
                heavy, lambda: regret_of(poll, index, now=now, people=people)
            )

    async def is_erased(self, poll_id: UUID) -> bool:
        async with self._places, self._pool.connection() as conn:
            return bool(await erased_among(conn, [poll_id]))

    async def editors(self, poll_id: UUID, hashes: Collection[str]) -> Mapping[str, UUID]:
        """By hash, whose these edit capabilities are, of those that still open something."""
        if not hashes:
            return {}
        async with self._places, self._pool.connection() as conn:
            cursor = await conn.execute(
                _SQL["editors"], {"poll": poll_id, "hashes": list(hashes)}, prepare=True
            )
            return dict(await cursor.fetchall())


def sequences_of(entry: Entry) -> Sequences:
    return Sequences(entry.poll.sequence, entry.heads.schedules)
