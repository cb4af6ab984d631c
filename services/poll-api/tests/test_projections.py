"""The table of polls, and the timers, equal a fold of the facts."""

import random
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import psycopg
import pytest

from eventstore.rebuild import rebuild
from poll_api import decider, maintenance
from poll_api.projections import DOCUMENT, TABLES, project_polls
from poll_api.settings import Settings
from poll_api.testing import END, HOUR, START, PollApi, iso

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def anything_happens(api: PollApi, rng: random.Random) -> None:
    poll = await api.opens(deadline=rng.choice([None, iso(END - HOUR)]))
    for _ in range(rng.randrange(8)):
        match rng.choice(["close", "reopen", "finalise", "revise", "cancel"]):
            case "revise":
                await api.revises(poll, {"title": f"Retro {rng.random()}"})
                await api.revises(poll, {"deadline": rng.choice([None, iso(END - 2 * HOUR)])})
            case "finalise":
                await api.finalises(poll, START + HOUR * rng.randrange(3))
            case verb:
                await api.does(poll, verb)


def rows(api: PollApi) -> list[tuple[Any, ...]]:
    with psycopg.connect(api.database) as connection:
        polls = connection.execute("select * from polls order by poll_id").fetchall()
        return [*polls, *connection.execute("select * from timers order by key").fetchall()]


async def equals_a_fold(api: PollApi) -> bool:
    with psycopg.connect(api.database) as connection:
        found = connection.execute(
            "select poll_id, state, version, document::text from polls"
        ).fetchall()
        due = dict(connection.execute("select key, due_at from timers").fetchall())
    expected_due: dict[str, datetime] = {}
    for poll_id, state, version, document in found:
        recorded = await api.service.store.read(f"poll-{poll_id}")
        poll: Any = reduce(decider.evolve, [r.fact for r in recorded], decider.initial())  # pyright: ignore[reportArgumentType]  # this store holds facts of polls
        assert DOCUMENT.validate_json(document) == poll
        assert (state, version) == (poll.state, len(recorded))
        if poll.state == "open" and poll.details.deadline:
            expected_due[str(poll_id)] = poll.details.deadline
    return due == expected_due


async def test_whatever_happens_the_rows_equal_a_fold(poll_api: PollApi) -> None:
    rng = random.Random(1)
    for _ in range(30):
        await anything_happens(poll_api, rng)
    poll = await poll_api.opens(deadline=iso(datetime.now(UTC) + timedelta(seconds=1)))
    await poll_api.closes_by_itself(poll)
    assert len(rows(poll_api)) > 30
    assert await equals_a_fold(poll_api)


async def test_a_rebuild_makes_the_same_rows(poll_api: PollApi) -> None:
    await anything_happens(poll_api, random.Random(2))
    before = rows(poll_api)
    with psycopg.connect(poll_api.database) as connection:
        connection.execute("update polls set document = '{}', state = 'lost'")
        connection.execute("delete from timers")
        connection.execute("delete from polls where version = 1")
    await rebuild(poll_api.service.pool, [project_polls], TABLES)
    assert rows(poll_api) == before


async def test_the_command_rebuilds_while_the_service_runs(
    poll_api: PollApi, settings: Settings
) -> None:
    poll = await poll_api.opens()
    before = rows(poll_api)
    await maintenance.rebuild(settings, [])
    assert rows(poll_api) == before
    assert (await poll_api.reads(poll)).json() == poll.known_to_everyone


async def test_facts_are_queued_for_kafka_again(poll_api: PollApi, settings: Settings) -> None:
    poll = await poll_api.opens()
    await maintenance.republish(settings, [str(poll.id)])
    assert (await poll_api.reads(poll)).status_code == 200
