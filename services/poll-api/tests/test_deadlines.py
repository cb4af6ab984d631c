"""A deadline closes an open poll: once, by the database's clock, whoever else is at work."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import pytest_asyncio

from chassis.clock import utc_now
from contracts.polls import PollClosed, PollFact
from poll_api.settings import Settings
from poll_api.testing import END, HOUR, Poll, PollApi, eventually, iso, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


def soon(milliseconds: int = 80) -> str:
    return iso(datetime.now(UTC) + timedelta(milliseconds=milliseconds))


async def facts(poll_api: PollApi, poll: Poll) -> list[PollFact]:
    recorded = await poll_api.service.store.read(f"poll-{poll.id}")
    return [one.fact for one in recorded if isinstance(one.fact, PollFact)]


def timers(poll_api: PollApi, poll: Poll) -> list[datetime]:
    with psycopg.connect(poll_api.database) as connection:
        rows = connection.execute("select due_at from timers where key = %s", (str(poll.id),))
        return [due_at.astimezone(UTC) for (due_at,) in rows]


def an_hour_ago() -> datetime:
    """A clock by which every deadline of these tests can still be set."""
    return utc_now() - HOUR


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poll_api(settings: Settings) -> AsyncGenerator[PollApi]:
    async with running(settings, an_hour_ago) as api:
        yield api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replica(poll_api: PollApi, settings: Settings) -> AsyncGenerator[PollApi]:
    async with running(settings.model_copy(update={"instance_id": "two"})) as other:
        yield other


async def test_a_deadline_closes_the_poll_once_and_not_early(
    poll_api: PollApi, replica: PollApi
) -> None:
    polls = [await poll_api.opens(deadline=soon()) for _ in range(20)]
    for poll in polls:
        await replica.closes_by_itself(poll)
        _, closed = await poll_api.service.store.read(f"poll-{poll.id}")
        deadline = datetime.fromisoformat(poll.opened["deadline"])
        assert isinstance(closed.fact, PollClosed)
        assert closed.fact.reason == "deadline"
        assert closed.fact.closed_at == closed.recorded_at
        assert deadline <= closed.recorded_at <= deadline + timedelta(seconds=5)
        assert closed.version == closed.sequence == 2
        assert closed.id.version == 7
        assert closed.metadata["actor"] == "timer"
        # Of the trace in which it fired: what follows goes on from there.
        assert closed.metadata["traceparent"]
        assert timers(poll_api, poll) == []
        assert (await poll_api.reads(poll, poll.organiser)).headers["ETag"] == '"2"'


async def test_the_timer_stores_the_fact_in_the_form_of_all_facts(poll_api: PollApi) -> None:
    poll = await poll_api.opens(deadline=soon())
    await poll_api.closes_by_itself(poll)
    [_, fact] = await facts(poll_api, poll)
    with psycopg.connect(poll_api.database) as connection:
        row = connection.execute(
            "select data::text, type, schema from events where stream = %s and version = 2",
            (f"poll-{poll.id}",),
        ).fetchone()
    assert row is not None
    assert json.loads(row[0]) == json.loads(fact.model_dump_json())
    assert row[1:] == (fact.TYPE, 1)


async def test_a_poll_that_is_no_longer_open_has_no_timer(poll_api: PollApi) -> None:
    deadline = iso(END - HOUR)
    for verb in ("close", "finalise", "cancel"):
        poll = await poll_api.opens(deadline=deadline)
        assert timers(poll_api, poll) == [END - HOUR]
        body = {"start": poll.known["window"]["start"]} if verb == "finalise" else None
        await poll_api.does(poll, verb, body)
        assert timers(poll_api, poll) == []


async def test_a_timer_that_should_not_be_there_changes_nothing(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    await poll_api.does(poll, "cancel")
    before = poll_api.stored(poll)
    with psycopg.connect(poll_api.database) as connection:
        connection.execute("insert into timers values (%s, now())", (str(poll.id),))

    async def fired() -> bool:
        return timers(poll_api, poll) == []

    await eventually(fired)
    assert poll_api.stored(poll) == before


async def test_a_deadline_can_be_moved_taken_away_and_set(poll_api: PollApi) -> None:
    poll = await poll_api.opens(deadline=iso(END - HOUR))
    await poll_api.revises(poll, {"deadline": iso(END - 2 * HOUR)})
    assert timers(poll_api, poll) == [END - 2 * HOUR]
    await poll_api.revises(poll, {"deadline": None})
    assert timers(poll_api, poll) == []
    assert (await poll_api.revises(poll, {"deadline": soon(1_000)})).status_code == 200
    await poll_api.closes_by_itself(poll)


async def test_reopening_keeps_a_deadline_to_come_and_clears_a_passed_one(
    poll_api: PollApi,
) -> None:
    to_come = await poll_api.opens(deadline=iso(END - HOUR))
    await poll_api.does(to_come, "close")
    assert (await poll_api.does(to_come, "reopen")).json()["deadline"] == iso(END - HOUR)
    assert timers(poll_api, to_come) == [END - HOUR]

    passed = await poll_api.opens(deadline=soon())
    await poll_api.closes_by_itself(passed)
    assert (await poll_api.does(passed, "reopen")).json()["deadline"] is None
    assert timers(poll_api, passed) == []


async def test_after_its_deadline_the_rest_of_a_poll_can_still_be_revised(
    poll_api: PollApi,
) -> None:
    poll = await poll_api.opens(deadline=soon())
    await poll_api.closes_by_itself(poll)
    answer = await poll_api.revises(poll, {"title": "Retro"})
    assert answer.status_code == 200
    assert answer.json()["deadline"] == poll.opened["deadline"]
    assert answer.json()["state"] == "closed"


async def test_closing_by_hand_and_by_deadline_close_a_poll_once(
    poll_api: PollApi, replica: PollApi
) -> None:
    polls = [await poll_api.opens(deadline=soon(60 + 3 * n)) for n in range(30)]
    await asyncio.sleep(0.05)
    answers = await asyncio.gather(*(replica.does(poll, "close") for poll in polls))
    assert {answer.status_code for answer in answers} == {200}
    for poll in polls:
        await poll_api.closes_by_itself(poll)
        assert [type(fact).__name__ for fact in await facts(poll_api, poll)] == [
            "PollOpened",
            "PollClosed",
        ]
        assert timers(poll_api, poll) == []


async def test_an_overdue_deadline_closes_the_poll_at_the_next_start(settings: Settings) -> None:
    async with running(settings) as api:
        poll = await api.opens(deadline=iso(END - HOUR))
    with psycopg.connect(api.database) as connection:
        connection.execute("update timers set due_at = now() - interval '1 day'")
    async with running(settings) as api:
        await api.closes_by_itself(poll)
