"""How many watch, and how much is kept for those who do not read, is bounded; all leave in time."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from event_lifecycle.live import viewer
from event_lifecycle.live.testing import STREAM, Served, serving
from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
MANUAL = {"mode": "manual"}
MOST = 10
VIEWERS = "commontime_event_stream_viewers"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(shared_settings: Settings) -> AsyncGenerator[Served]:
    few = {"event_stream_viewers": MOST, "event_stream_ping_seconds": 0.05}
    async with serving(shared_settings.model_copy(update=few)) as running:
        yield running


async def changed(served: Served, event: dict[str, Any], turns: int) -> dict[str, Any]:
    for turn in range(turns):
        event = await served.revises(event, title=f"Turn {turn}")
    return event


async def test_one_more_than_the_bound_is_told_to_come_later(served: Served) -> None:
    assert await served.has_no_viewers()
    async with AsyncExitStack() as opened:
        watchings = [await opened.enter_async_context(served.watching()) for _ in range(MOST)]
        for watching in watchings:
            await watching.event()
        async with asyncio.timeout(5):
            refused = await served.client.get(STREAM)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        assert served.server.metric(VIEWERS) == MOST
        assert served.server.metric("commontime_event_stream_refused_total") == 1
    assert await served.has_no_viewers()
    async with served.watching() as watching:
        await watching.event()


async def test_a_quiet_stream_is_kept_alive_and_its_id_moves_on(served: Served) -> None:
    async with served.idle(poll_id=uuid4()) as quiet, served.watching() as busy:
        await quiet.until(": ping\n")
        await busy.event()
        for _ in range(2):
            await served.creates(completion=MANUAL)
            await busy.event()

        async def moved() -> bool:
            ids = [int(line[4:]) for line in quiet.body.splitlines() if line.startswith("id: ")]
            assert ids == sorted(ids)
            return ids[-1] > ids[0]

        await eventually(moved)
        assert "event: event" not in quiet.body


async def test_whoever_does_not_read_gets_the_latest_of_each_and_nothing_between(
    served: Served,
) -> None:
    one, other = [await served.creates(completion=MANUAL) for _ in range(2)]
    async with served.idle("event: ready") as slow, served.watching() as quick:
        await slow.until("event: ready")
        await quick.event()
        latest = [await changed(served, event, 10) for event in (one, other)]
        while (await quick.event()).data != latest[1]:
            pass
        slow.goes_on.set()
        await slow.until(f'"version":{latest[1]["version"]}')
        assert slow.body.count("event: event\n") == 2
        assert slow.body.count("\nid: ") == 2  # with `ready`, and with the last of both


async def test_whoever_falls_too_far_behind_reads_the_list_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await served.creates(completion=MANUAL)
    size = len((await served.client.get(f"/api/v1/events/{event['id']}")).content)
    monkeypatch.setattr(viewer, "MOST_WAITING_BYTES", int(3.5 * size))
    async with served.idle("event: ready") as slow, served.watching() as quick:
        await slow.until("event: ready")
        await quick.event()
        for _ in range(5):
            made = await served.creates(completion=MANUAL)
            assert (await quick.event()).data == made
        slow.goes_on.set()
        await slow.until("event: reset")
        assert "event: event" not in slow.body


async def test_an_event_that_changes_often_does_not_make_anybody_fall_behind(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await served.creates(completion=MANUAL)
    size = len((await served.client.get(f"/api/v1/events/{event['id']}")).content)
    monkeypatch.setattr(viewer, "MOST_WAITING_BYTES", int(3.5 * size))
    async with served.idle("event: ready") as slow, served.watching() as quick:
        await slow.until("event: ready")
        await quick.event()
        for turn in range(8):
            event = await served.revises(event, title=f"Turn {turn}")
            assert (await quick.event()).data == event
        slow.goes_on.set()
        await slow.until('"title":"Turn 7"')
        assert slow.body.count("event: event\n") == 1
        assert "event: reset" not in slow.body


async def test_a_server_that_is_to_stop_lets_all_go_at_once(shared_settings: Settings) -> None:
    async with (
        serving(shared_settings) as stopping,
        stopping.idle("retry: ") as stuck,
        stopping.watching() as watching,
    ):
        await watching.event()
        begun = monotonic()
        stopping.server.server.handle_exit(signal.SIGTERM, None)
        assert await watching.ended()
        assert await stuck.is_let_go()
        assert monotonic() - begun < 2
        assert stopping.server.metric(VIEWERS) == 0


async def test_nobody_who_watches_no_look_at_the_database(served: Served) -> None:
    assert await served.has_no_viewers()
    looking = (
        "select count(*) from pg_stat_activity"
        " where application_name = 'event stream' and datname = current_database()"
    )
    async with served.watching() as watching:
        await watching.event()
        assert await served.rows(looking) == [(1,)]

    async def nobody_looks() -> bool:
        return await served.rows(looking) == [(0,)]

    await eventually(nobody_looks)
