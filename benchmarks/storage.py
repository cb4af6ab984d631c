"""What the schedules of a poll weigh in recommender's database, and how soon they are an index.

They come in as facts, by recommender's own consumer.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from benchmarks.polls import DAYS, TIMES, Someone, crowd
from benchmarks.report import Row
from benchmarks.servers import database, postgres
from chassis.database import Pool, open_pool
from chassis.migrations import migrate
from contracts.envelope import Envelope
from contracts.schedules import FreeInterval, ParticipantJoined, Preference, ScheduleSubmitted
from inbox.sources import Received
from recommender import consumers
from recommender.migrations import FOLDERS
from recommender.past import read_people
from recommender.ranking.index import PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED

PEOPLE = 1_000
_FACTS = 2 * PEOPLE
_BATCH = 500
_MIDNIGHT = datetime(2027, 1, 4, tzinfo=UTC)
_PREFERENCES: dict[int, Preference] = {
    IF_NEEDED: "if_needed",
    AVAILABLE: "available",
    PREFERRED: "preferred",
}


def rows() -> list[Row]:
    return asyncio.run(_rows())


async def _rows() -> list[Row]:
    poll_id = uuid4()
    with postgres() as server, database(server) as url:
        migrate(url, *FOLDERS)
        pool = await open_pool(url, "bench")
        try:
            await _take_in(pool, poll_id)
            table, whole = await _sizes(pool)
            read, ranked = await _cold(pool, poll_id)
        finally:
            await pool.close()
    case = f"{PEOPLE:,} people out of the database"
    return [
        Row("schedules on disk, the table alone", "B/interval", table / PEOPLE / DAYS),
        Row("... with its indexes", "B/interval", whole / PEOPLE / DAYS),
        Row(f"{case}: read", "ms", read),
        Row(f"{case}: read, indexed and ranked", "ms", ranked),
    ]


async def _take_in(pool: Pool, poll_id: UUID) -> None:
    received = list(_received(poll_id))
    for first in range(0, _FACTS, _BATCH):
        async with pool.connection() as conn:
            await consumers.take_in(conn, received[first : first + _BATCH])
    async with pool.connection() as conn:
        seen = "insert into seen (source, key, sequence) values ('schedules', %s, %s)"
        await conn.execute(seen, (str(poll_id), _FACTS))


def _received(poll_id: UUID) -> Iterator[Received]:
    for number, someone in enumerate(crowd(PEOPLE, 15)):
        for sequence, fact in enumerate(_facts(poll_id, someone), 2 * number + 1):
            envelope = Envelope(
                id=str(uuid4()),
                source="/commontime/availability",
                type=fact.TYPE,
                subject=f"schedule-{someone.id}",
                time=_MIDNIGHT,
                sequence=sequence,
                key=str(poll_id),
                data=b"",
            )
            yield Received("schedules", str(poll_id), sequence, fact, envelope)


def _facts(poll_id: UUID, someone: Someone) -> tuple[ParticipantJoined, ScheduleSubmitted]:
    id_ = UUID(someone.id)
    about: Any = {"poll_id": poll_id, "participant_id": id_, "polls_sequence": 1}
    intervals = tuple(
        FreeInterval(start=_at(start), end=_at(end), preference=_PREFERENCES[level])
        for start, end, level in someone.intervals
    )
    return (
        ParticipantJoined(**about, edit_hash=f"{id_.int:064x}", joined_at=_MIDNIGHT),
        ScheduleSubmitted(**about, intervals=intervals, submitted_at=_MIDNIGHT),
    )


def _at(microseconds: int) -> datetime:
    return _MIDNIGHT + timedelta(microseconds=microseconds)


async def _sizes(pool: Pool) -> tuple[int, int]:
    """Bytes of the table of schedules, without its indexes and with them."""
    async with pool.connection() as conn:
        cursor = await conn.execute(
            "select pg_table_size('schedules'), pg_total_relation_size('schedules')"
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


async def _cold(pool: Pool, poll_id: UUID) -> tuple[float, float]:
    """Milliseconds to read everybody, and to have ranked them as well."""
    read: list[float] = []
    ranked: list[float] = []
    for _ in range(20):
        began = perf_counter()
        async with pool.connection() as conn:
            people = await read_people(conn, poll_id, _FACTS)
        read.append((perf_counter() - began) * 1_000)
        assert len(people) == PEOPLE
        rank(PollIndex(TIMES, people))
        ranked.append((perf_counter() - began) * 1_000)
    return median(read), median(ranked)
