"""One request, one effect, one answer."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from chassis.database import Pool, open_pool
from contracts.schedules import ScheduleSubmitted
from eventstore.idempotency import (
    IdempotentRequest,
    InFlight,
    Keep,
    KeyReused,
    forget_answers,
    purge_answers,
)
from eventstore.sealing import Answer, seal, unseal
from eventstore.store import AlreadyAnswered, Appended, Conflict, EventStore

Submitted = Callable[..., ScheduleSubmitted]

SECRET = "ct_edt_canary"
REQUEST = IdempotentRequest("PUT /schedule", "a-key-of-16-chars", sha256(b"body").digest())
ANSWER = Answer(201, SECRET.encode(), {"Location": "/somewhere"})
KEEP = Keep(REQUEST, ANSWER)


async def test_a_kept_answer_is_given_again(store: EventStore, submitted: Submitted) -> None:
    assert await store.replayed(REQUEST) is None
    await store.append("schedule-1", 0, [submitted(1), submitted(2)], key="poll", answer=KEEP)

    replay = await store.replayed(REQUEST)

    assert replay is not None
    assert (replay.answer, replay.version, replay.sequence) == (ANSWER, 2, 2)


async def test_the_same_request_twice_stores_its_facts_once(
    store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="poll", answer=KEEP)

    with pytest.raises(AlreadyAnswered):
        await store.append("schedule-2", 0, [submitted(2)], key="another", answer=KEEP)

    assert await store.read("schedule-2") == []
    assert await store.head("another") == 0


async def test_the_same_request_twice_in_one_moment_stores_its_facts_once(
    store: EventStore, submitted: Submitted
) -> None:
    outcomes = await asyncio.gather(
        *(
            store.append(f"schedule-{n}", 0, [submitted(n)] * 2, key="poll", answer=KEEP)
            for n in range(1, 6)
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes].count(Appended) == 1
    assert [type(one) for one in outcomes].count(AlreadyAnswered) == 4
    assert await store.head("poll") == 2


async def test_two_processes_with_the_same_request_have_one_winner(
    database: str, submitted: Submitted
) -> None:
    pools = [await open_pool(database, f"replica {n}") for n in range(2)]
    async with EventStore(pools[0], source="t") as one, EventStore(pools[1], source="t") as two:
        for n in range(40):
            keep = Keep(replace(REQUEST, key=f"a-key-of-16-chars-{n}"), ANSWER)
            outcomes = await asyncio.gather(
                one.append(f"schedule-a-{n}", 0, [submitted()], key=f"poll-a-{n}", answer=keep),
                two.append(f"schedule-b-{n}", 0, [submitted()], key=f"poll-b-{n}", answer=keep),
                return_exceptions=True,
            )
            assert {type(outcome) for outcome in outcomes} == {Appended, AlreadyAnswered}
        heads = await one.heads()
    for pool in pools:
        await pool.close()
    assert sum(sequence for _, sequence in heads) == 40


async def test_a_refused_append_keeps_no_answer(store: EventStore, submitted: Submitted) -> None:
    with pytest.raises(Conflict):
        await store.append("schedule-1", 1, [submitted()], key="poll", answer=KEEP)
    assert await store.replayed(REQUEST) is None


async def test_another_body_under_the_same_key_is_refused(
    store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="poll", answer=KEEP)

    with pytest.raises(KeyReused):
        await store.replayed(replace(REQUEST, request_hash=sha256(b"another body").digest()))


async def test_clients_with_other_credentials_do_not_share_keys(
    store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="poll", answer=KEEP)
    assert await store.replayed(replace(REQUEST, scope="somebody else")) is None


async def test_a_request_being_answered_is_in_flight(store: EventStore) -> None:
    with store.answering(REQUEST):
        with pytest.raises(InFlight):
            await store.replayed(REQUEST)
        with pytest.raises(InFlight), store.answering(REQUEST):
            pass
    assert await store.replayed(REQUEST) is None


async def test_the_answer_to_a_request_that_changed_nothing_is_kept_too(
    store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="poll")
    await store.remember(KEEP, stream="schedule-1", version=1, key="poll")

    replay = await store.replayed(REQUEST)
    assert replay is not None
    assert (replay.answer, replay.version, replay.sequence) == (ANSWER, 1, 1)
    with pytest.raises(AlreadyAnswered):
        await store.remember(KEEP, stream="schedule-1", version=1, key="poll")


async def test_nobody_reads_an_answer_without_the_clients_key(
    pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="poll", answer=KEEP)
    async with pool.connection() as connection:
        row = await (
            await connection.execute("select i::text, body_sealed from idempotency i")
        ).fetchone()
    assert row is not None
    text, sealed = row
    for plain in (SECRET, REQUEST.key, SECRET.encode().hex(), REQUEST.key.encode().hex()):
        assert plain not in text
    with pytest.raises(ValueError, match="another request"):
        unseal(201, sealed, "another-key-of-16", REQUEST.scope)
    with pytest.raises(ValueError, match="another request"):
        unseal(201, sealed, REQUEST.key, "another scope")


def test_sealing_the_same_answer_twice_does_not_look_the_same() -> None:
    sealed = {seal(ANSWER, REQUEST.key, REQUEST.scope) for _ in range(2)}
    assert len(sealed) == 2
    assert {unseal(201, one, REQUEST.key, REQUEST.scope).body for one in sealed} == {ANSWER.body}


def test_neither_key_nor_body_shows_in_what_is_logged() -> None:
    assert REQUEST.key not in repr(KEEP)
    assert SECRET not in repr(KEEP)


async def test_erasing_a_stream_forgets_the_answers_about_it(
    pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    other = Keep(replace(REQUEST, key="another-key-of-16"), ANSWER)
    await store.append("schedule-1", 0, [submitted()], key="poll", answer=KEEP)
    await store.append("schedule-2", 0, [submitted()], key="poll", answer=other)

    async with pool.connection() as connection:
        await forget_answers(connection, "schedule-1")

    assert await store.replayed(REQUEST) is None
    assert await store.replayed(other.request) is not None


async def test_answers_are_purged_when_they_are_old(
    pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="poll", answer=KEEP)
    async with pool.connection() as connection:
        assert await purge_answers(connection) == 0
        await connection.execute(
            "insert into idempotency select scope || n, key_hash, request_hash, status,"
            " body_sealed, stream, version, key, created_at - interval '25 hours'"
            " from idempotency, generate_series(1, 2500) n"
        )
        assert await purge_answers(connection) == 2500
        assert await store.replayed(REQUEST) is not None
        assert await purge_answers(connection, timedelta()) == 1
