"""What was said in stored facts is taken back; that something happened stays."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection
from pydantic import ValidationError

from chassis.database import Pool
from contracts.polls import PollOpened
from contracts.schedules import ScheduleSubmitted, ScheduleWithdrawn
from eventstore.erasure import Changes, redact
from eventstore.idempotency import IdempotentRequest, Keep
from eventstore.sealing import Answer
from eventstore.store import Conflict, EventStore

Submitted = Callable[..., ScheduleSubmitted]

OPENED = Path(__file__).parents[3] / "contracts/examples/commontime.poll.opened.v1.json"
CANARY = "2026-12-01T00:00:00Z"
EMPTIED: Changes = {ScheduleSubmitted.TYPE: {"intervals": []}}


def withdrawn(after: ScheduleSubmitted) -> ScheduleWithdrawn:
    return ScheduleWithdrawn(
        poll_id=after.poll_id,
        participant_id=after.participant_id,
        polls_sequence=1,
        withdrawn_at=after.submitted_at,
    )


def kept(key: str) -> Keep:
    request = IdempotentRequest("PUT /schedule", f"a-key-of-16-chars-{key}", sha256(b"x").digest())
    return Keep(request, Answer(200, CANARY.encode()))


async def rows(database: str) -> list[tuple[Any, ...]]:
    """Everything about the stored facts but what they say."""
    async with await AsyncConnection.connect(database) as connection:
        cursor = await connection.execute(
            "select position, stream, version, key, sequence, id, type, schema, metadata::text,"
            " recorded_at from events order by position"
        )
        return await cursor.fetchall()


async def test_redacted_facts_say_nothing_and_keep_their_places(
    store: EventStore, submitted: Submitted, pool: Pool, database: str
) -> None:
    await store.append("schedule-1", 0, [submitted(1), submitted(2)], key="poll")
    await store.append("schedule-1", 2, [withdrawn(submitted())], key="poll")
    before, facts = await rows(database), await store.read("schedule-1")
    async with pool.connection() as connection:
        assert await redact(connection, ["schedule-1"], EMPTIED) == 2
    assert await rows(database) == before
    emptied = [one.fact.model_copy(update={"intervals": ()}) for one in facts[:2]]
    assert [one.fact for one in await store.read("schedule-1")] == [*emptied, facts[2].fact]


async def test_other_streams_and_other_members_stay_as_they_are(
    store: EventStore, submitted: Submitted, pool: Pool
) -> None:
    for stream in ("schedule-1", "schedule-2", "schedule-3"):
        await store.append(stream, 0, [submitted(1)], key="poll")
    untouched = await store.read("schedule-2")
    async with pool.connection() as connection:
        assert await redact(connection, ["schedule-1", "schedule-3", "none"], EMPTIED) == 2
    assert await store.read("schedule-2") == untouched
    [one] = await store.read("schedule-3")
    assert one.fact == submitted(1).model_copy(update={"intervals": ()})


async def test_several_members_are_replaced_at_once_and_a_missing_one_is_not_added(
    store: EventStore, submitted: Submitted, pool: Pool, database: str
) -> None:
    await store.append("schedule-1", 0, [submitted(1)], key="poll")
    changes: Changes = {
        ScheduleSubmitted.TYPE: {"intervals": [], "polls_sequence": 7, "note": "", "a.b": 1}
    }
    async with pool.connection() as connection:
        await redact(connection, ["schedule-1"], changes)
    with psycopg.connect(database) as connection:
        row = connection.execute("select data from events").fetchone()
    assert row is not None
    assert row[0] == submitted(1).model_copy(
        update={"intervals": (), "polls_sequence": 7}
    ).model_dump(mode="json")


async def test_members_deep_inside_are_replaced_where_there_are_any(
    pool: Pool, store: EventStore
) -> None:
    opened = PollOpened.model_validate_json(OPENED.read_text())
    await store.append("poll-1", 0, [opened], key="poll")
    words: dict[str, Any] = {
        "details.title": "",
        "details.description": None,
        "details.rules.groups": [],
    }
    changes: Changes = {PollOpened.TYPE: {**words, "details.description.deep": 1}}
    async with pool.connection() as connection:
        await redact(connection, ["poll-1"], changes)
    [one] = await store.read("poll-1")
    assert isinstance(one.fact, PollOpened)
    rules = opened.details.rules.model_copy(update={"groups": ()})
    redacted = {"title": "", "description": None, "rules": rules}
    assert one.fact == opened.model_copy(
        update={"details": opened.details.model_copy(update=redacted)}
    )


async def test_what_nobody_could_read_any_more_is_not_redacted(
    store: EventStore, submitted: Submitted, pool: Pool
) -> None:
    await store.append("schedule-1", 0, [submitted(1)], key="poll", answer=kept("1"))
    with pytest.raises(ValidationError):
        async with pool.connection() as connection, connection.transaction():
            await redact(connection, ["schedule-1"], {ScheduleSubmitted.TYPE: {"intervals": None}})
    assert [one.fact for one in await store.read("schedule-1")] == [submitted(1)]
    assert await store.replayed(kept("1").request) is not None


async def test_the_answers_about_what_is_redacted_are_forgotten(
    store: EventStore, submitted: Submitted, pool: Pool
) -> None:
    for name in ("1", "2", "3"):
        stream = f"schedule-{name}"
        await store.append(stream, 0, [submitted()], key="poll", answer=kept(name))
    async with pool.connection() as connection:
        await redact(connection, ["schedule-1", "schedule-3"], EMPTIED)
    found = [await store.replayed(kept(name).request) for name in ("1", "2", "3")]
    assert [replay is not None for replay in found] == [False, True, False]


async def test_facts_are_redacted_in_the_very_append_that_says_so(
    store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted(3)], key="poll", answer=kept("1"))

    async def within(connection: AsyncConnection[Any]) -> None:
        await redact(connection, ["schedule-1"], EMPTIED)

    with pytest.raises(Conflict):
        await store.append("schedule-1", 0, [withdrawn(submitted())], key="poll", within=within)
    assert [one.fact for one in await store.read("schedule-1")] == [submitted(3)]

    erasing = store.append(
        "schedule-1", 1, [withdrawn(submitted())], key="poll", answer=kept("2"), within=within
    )
    # In one batch with others, which know nothing of it.
    others = [store.append(f"schedule-{n}", 0, [submitted(n)], key="poll") for n in range(2, 5)]
    await asyncio.gather(erasing, *others)
    first, second = await store.read("schedule-1")
    assert first.fact == submitted(3).model_copy(update={"intervals": ()})
    assert second.fact == withdrawn(submitted())
    assert await store.replayed(kept("1").request) is None
    assert [one.fact for one in await store.read("schedule-4")] == [submitted(4)]
