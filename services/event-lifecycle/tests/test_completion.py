"""An event completes when it is due: once, not early, whoever else completes or claims it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import psycopg
import pytest

from event_lifecycle.database_clock import DatabaseClock
from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import Running, connect, eventually, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
SettingsWith = Callable[..., Settings]
CLAIM = files("event_lifecycle").joinpath("claim_completions.sql").read_bytes()
SOON = timedelta(milliseconds=150)
EVERYTHING = {"watermark": "-infinity", "limit": 1_000, "traceparent": None}


async def completed(running: Running, count: int) -> bool:
    rows = await running.rows("select 1 from scheduled_events where status = 'completed'")
    return len(rows) >= count


async def completions(running: Running) -> dict[str, int]:
    """How many facts say of each event that it is completed."""
    return dict(
        await running.rows(
            "select key, count(*) filter (where type = 'commontime.event.completed.v1')"
            " from events group by key"
        )
    )


async def test_ten_events_created_together_complete_together(settings_with: SettingsWith) -> None:
    async with run(settings_with(event_completion_delay=SOON)) as running:
        made = await asyncio.gather(*(running.creates(title=f"{n}") for n in range(10)))
        await eventually(lambda: completed(running, 10))

        assert await completions(running) == {event["id"]: 1 for event in made}
        [(early, spread)] = await running.rows(
            "select count(*) filter (where updated_at < (details ->> 'due_at')::timestamptz),"
            " max(updated_at - (details ->> 'due_at')::timestamptz) from scheduled_events"
        )
        assert early == 0
        assert spread < timedelta(seconds=2)
        assert await running.rows("select * from timers") == []


async def test_a_completion_by_timer_is_told_like_any_other(settings_with: SettingsWith) -> None:
    async with run(settings_with(event_completion_delay=SOON)) as running:
        event = await running.creates()
        await eventually(lambda: completed(running, 1))
        done = await running.sees(event["id"])
        assert (done["status"], done["completed_by"], done["version"]) == ("completed", "timer", 2)
        assert done["completed_at"] >= done["due_at"] == event["due_at"]

        answer = await running.client.get(f"/api/v1/events/{event['id']}/history")
        fact = answer.json()["items"][1]
        assert fact["type"] == "commontime.event.completed.v1"
        assert fact["data"] == {
            "event_id": event["id"],
            "by": "timer",
            "completed_at": done["completed_at"],
        }
        assert fact["recorded_at"] == done["completed_at"]
        [waiting] = await running.rows("select count(*) from outbox")
        assert waiting == (2,)
        again = await running.client.post(f"/api/v1/events/{event['id']}/complete")
        assert again.json() == done


async def test_events_complete_at_their_end_or_by_hand_alone_where_they_say_so(
    running: Running,
) -> None:
    at_end = await running.creates(completion={"mode": "at_end"})
    manual = await running.creates(completion={"mode": "manual"})
    assert at_end["due_at"] == at_end["ends_at"]
    assert manual["due_at"] is None
    [(key, due_at)] = await running.rows("select key, due_at from timers")
    assert (key, due_at.isoformat()) == (at_end["id"], at_end["ends_at"].replace("Z", "+00:00"))


async def test_changing_an_event_moves_its_own_timer_and_no_other(running: Running) -> None:
    at_end: dict[str, Any] = {"completion": {"mode": "at_end"}}
    one, other, third = [await running.creates(**at_end) for _ in range(3)]
    later = (datetime.fromisoformat(one["ends_at"]) + timedelta(hours=1)).isoformat()
    path = "/api/v1/events/"
    await running.client.patch(path + one["id"], json={"ends_at": later}, headers={"if-match": "*"})
    await running.client.post(path + third["id"] + "/cancel")
    timers = dict(await running.rows("select key, due_at from timers"))
    assert timers.keys() == {one["id"], other["id"]}
    assert timers[other["id"]].isoformat() == other["ends_at"].replace("Z", "+00:00")
    assert timers[one["id"]].isoformat() == later


async def test_a_race_of_timer_and_people_has_one_winner(settings_with: SettingsWith) -> None:
    async with run(settings_with(event_completion_delay=SOON)) as running:
        made = await asyncio.gather(*(running.creates() for _ in range(20)))
        await asyncio.sleep(0.1)

        async def complete(event: dict[str, Any], wait: float) -> int:
            await asyncio.sleep(wait)
            answer = await running.client.post(f"/api/v1/events/{event['id']}/complete")
            assert answer.json()["status"] == "completed"
            return answer.status_code

        answers = await asyncio.gather(*(complete(event, n / 200) for n, event in enumerate(made)))
        assert set(answers) == {200}
        await eventually(lambda: completed(running, 20))
        assert set((await completions(running)).values()) == {1}
        assert await running.rows("select * from timers") == []


async def test_a_claim_that_dies_is_undone_and_made_again(settings: Settings) -> None:
    async with run(settings) as running:
        for _ in range(5):
            await running.creates()
    async with await connect(settings) as dying, await connect(settings) as other:
        await other.execute("update timers set due_at = now() - interval '1 second'")
        await dying.execute("begin")
        claimed = await (await dying.execute(CLAIM, EVERYTHING)).fetchall()
        assert len(claimed) == 5
        assert await (await other.execute(CLAIM, EVERYTHING)).fetchall() == []
        await other.execute("select pg_terminate_backend(%s)", (dying.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            await dying.execute("commit")
    async with run(settings) as running:
        await eventually(lambda: completed(running, 5))
        assert set((await completions(running)).values()) == {1}


async def test_not_a_microsecond_early(settings: Settings) -> None:
    async with run(settings) as running:
        await running.creates(completion={"mode": "at_end"})
    async with await connect(settings) as claiming:
        # Within a transaction the database's clock stands still.
        await claiming.execute("begin")
        await claiming.execute("update timers set due_at = now() + interval '1 microsecond'")
        assert await (await claiming.execute(CLAIM, EVERYTHING)).fetchall() == []
        await claiming.execute("update timers set due_at = now()")
        assert len(await (await claiming.execute(CLAIM, EVERYTHING)).fetchall()) == 1


async def test_two_replicas_share_the_work_and_repeat_nothing(settings_with: SettingsWith) -> None:
    async with AsyncExitStack() as opened:
        one, two = [
            await opened.enter_async_context(
                run(settings_with(event_completion_delay=SOON, instance_id=name))
            )
            for name in ("one", "two")
        ]
        await asyncio.gather(*(running.creates() for running in (one, two) * 20))
        await eventually(lambda: completed(one, 40))
        assert set((await completions(one)).values()) == {1}


async def test_an_event_someone_is_changing_delays_no_other(settings: Settings) -> None:
    async with run(settings) as running:
        held, *others = [(await running.creates())["id"] for _ in range(5)]
    async with await connect(settings) as editing, await connect(settings) as claiming:
        await editing.execute("begin")
        await editing.execute("select 1 from keys where key = %s for update", (held,))
        await claiming.execute("update timers set due_at = now() - interval '1 second'")
        claimed = await (await claiming.execute(CLAIM, EVERYTHING)).fetchall()
        assert {key for key, _ in claimed} == set(others)
        await editing.execute("rollback")
        claimed = await (await claiming.execute(CLAIM, EVERYTHING)).fetchall()
        assert [key for key, _ in claimed] == [held]


async def test_the_clock_of_due_times_is_the_databases_and_never_ahead_of_it(
    running: Running,
) -> None:
    async with DatabaseClock(running.service.pool) as clock:
        for _ in range(20):
            read = clock()
            [(now,)] = await running.rows("select clock_timestamp()")
            assert timedelta(0) <= now - read < timedelta(seconds=5)
