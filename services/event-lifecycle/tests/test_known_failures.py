"""What timers with calls to partners are known to get wrong, one test each."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import files
from time import perf_counter
from typing import Any

import orjson
import psycopg
import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver, hanging
from event_lifecycle.testing.running import Running, connect, eventually, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLAIM = files("event_lifecycle").joinpath("claim_completions.sql").read_bytes()
EVERYTHING = {"watermark": "-infinity", "limit": 1_000, "traceparent": None}
EVENTS = "/api/v1/events"
ANY = {"if-match": "*"}


def after(milliseconds: int) -> dict[str, Any]:
    """An instance on which events complete so long after their creation."""
    return {"event_completion_delay": timedelta(milliseconds=milliseconds)}


async def completed(running: Running, count: int) -> None:
    async def look() -> bool:
        rows = await running.rows("select 1 from scheduled_events where status = 'completed'")
        return len(rows) >= count

    await eventually(look)


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return sorted((orjson.loads(got.body) for got in receiver.got), key=lambda b: b["sequence"])


async def test_the_sixth_event_of_a_moment_is_as_punctual_as_the_first(
    settings_with: Callable[..., Settings],
) -> None:
    async with run(settings_with(**after(200))) as running:
        await asyncio.gather(*(running.creates() for _ in range(6)))
        await completed(running, 6)
        [(late,)] = await running.rows(
            "select max(updated_at - (details ->> 'due_at')::timestamptz) from scheduled_events"
        )
        assert late < timedelta(seconds=1)


async def test_who_creates_an_event_does_not_wait_for_a_partner(
    running: Running, receiver: Receiver
) -> None:
    receiver.answers = [hanging]
    await running.registers(receiver.url, "event.created")
    begun = perf_counter()
    await running.creates()
    await eventually(lambda: receiver.has(1))
    await running.creates()
    assert perf_counter() - begun < 2


async def test_a_crash_loses_nothing_between_the_event_the_log_and_the_partner(
    settings: Settings, receiver: Receiver
) -> None:
    async with run(settings) as running:
        await running.registers(receiver.url, "event.completed")
        event = await running.creates()
    async with await connect(settings) as dying, await connect(settings) as other:
        await other.execute("update timers set due_at = now()")
        await dying.execute("begin")
        assert len(await (await dying.execute(CLAIM, EVERYTHING)).fetchall()) == 1
        await other.execute("select pg_terminate_backend(%s)", (dying.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            await dying.execute("commit")
    async with run(settings) as running:
        await eventually(lambda: receiver.has(1))
        assert await running.status(event["id"]) == "completed"
        assert await running.rows("select count(*) from events") == [(2,)]
        assert await running.rows("select count(*) from outbox") == [(2,)]
        assert [one["type"] for one in await running.deliveries()] == ["event.completed"]
    [told] = receiver.got
    assert orjson.loads(told.body)["data"]["id"] == event["id"]


async def test_cancelling_one_event_leaves_everybody_elses_to_complete(
    settings_with: Callable[..., Settings], receiver: Receiver
) -> None:
    async with run(settings_with(**after(600))) as running:
        await running.registers(receiver.url, "event.completed")
        one, *others = [await running.creates() for _ in range(5)]
        answer = await running.client.post(f"{EVENTS}/{one['id']}/cancel")
        assert answer.status_code == 200
        await eventually(lambda: receiver.has(4))
        told = {body["data"]["id"] for body in bodies(receiver)}
        assert told == {event["id"] for event in others}
        assert await running.status(one["id"]) == "cancelled"


async def test_of_many_events_each_completes_and_is_told(
    settings_with: Callable[..., Settings], receiver: Receiver
) -> None:
    many = 100
    fast = {"webhook_rate": 10_000, "webhook_in_flight": 50}
    async with run(settings_with(**after(300), **fast)) as running:
        await running.registers(receiver.url, "event.completed")
        made = await asyncio.gather(*(running.creates() for _ in range(many)))
        await eventually(lambda: receiver.has(many), within=20)
        assert sorted(body["data"]["id"] for body in bodies(receiver)) == sorted(
            event["id"] for event in made
        )


async def test_what_fell_due_while_nothing_ran_completes_when_something_does(
    settings_with: Callable[..., Settings], receiver: Receiver
) -> None:
    """Nobody has to call the service again and again for time to pass in it."""
    settings = settings_with(**after(1_000))
    async with run(settings) as running:
        await running.registers(receiver.url, "event.completed")
        event = await running.creates()
    async with await connect(settings) as connection:
        due = datetime.fromisoformat(event["due_at"])
        while True:
            row = await (await connection.execute("select clock_timestamp()")).fetchone()
            assert row is not None
            if row[0] > due:
                break
            await asyncio.sleep(0.05)
        cursor = await connection.execute("select status from scheduled_events")
        assert await cursor.fetchone() == ("pending",)
    async with run(settings):
        await eventually(lambda: receiver.has(1))
    [body] = bodies(receiver)
    assert body["data"]["id"] == event["id"]


async def test_partners_are_told_of_every_event_in_one_form(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    timed = await running.creates(completion={"mode": "after_creation", "delay": "PT0S"})
    await completed(running, 1)
    by_hand = await running.creates(title="Rétro", description=None, ends_at=None)
    await running.client.post(f"{EVENTS}/{by_hand['id']}/complete")
    cancelled = await running.creates(completion={"mode": "at_end"}, description="x")
    await running.client.patch(f"{EVENTS}/{cancelled['id']}", json={"title": "Other"}, headers=ANY)
    await running.client.post(f"{EVENTS}/{cancelled['id']}/cancel")
    await eventually(lambda: receiver.has(7))

    told = bodies(receiver)
    assert {body["data"]["id"] for body in told} == {
        event["id"] for event in (timed, by_hand, cancelled)
    }
    assert len({tuple(body) for body in told}) == 1
    assert len({tuple(body["data"]) for body in told}) == 1


async def test_a_rescheduled_event_is_told_under_its_right_types(
    settings_with: Callable[..., Settings], receiver: Receiver
) -> None:
    async with run(settings_with(**after(800))) as running:
        await running.registers(receiver.url)
        event = await running.creates()
        later = datetime.fromisoformat(event["ends_at"]) + timedelta(hours=1)
        moved = await running.client.patch(
            f"{EVENTS}/{event['id']}", json={"ends_at": later.isoformat()}, headers=ANY
        )
        assert moved.status_code == 200
        await eventually(lambda: receiver.has(3))
        assert [(body["type"], body["data"]["status"]) for body in bodies(receiver)] == [
            ("event.created", "pending"),
            ("event.rescheduled", "pending"),
            ("event.completed", "completed"),
        ]
