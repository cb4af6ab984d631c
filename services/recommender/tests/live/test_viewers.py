"""Many viewers cost little more than one, and those who do not read cost nobody anything."""

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any
from weakref import ref

import pytest
import pytest_asyncio

from recommender.live.testing import Served, path_of, serving, until_schedules
from recommender.settings import Settings
from recommender.testing import Others, free

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST = 40
COMPUTED = "live_computations_total"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(settings: Settings, they: Others) -> AsyncGenerator[Served]:
    few = settings.model_copy(update={"stream_viewers": MOST, "stream_ping_seconds": 0.05})
    async with serving(few) as running:
        yield running


async def test_one_change_is_computed_once_for_all(served: Served, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    async with AsyncExitStack() as opened:
        watchings = [
            await opened.enter_async_context(served.watching(poll, token))
            for token in (poll.organiser, poll.answer, ann.token) * (MOST // 3)
        ]
        for watching in watchings:
            await watching.events(3)
        before = served.metric(COMPUTED)
        await they.submits(poll, ann, free(3, 5))
        told = [await watching.event() for watching in watchings]
        assert {event.id for event in told} == {"polls=1,schedules=3"}
        assert served.metric(COMPUTED) == before + 1


async def test_whoever_does_not_read_gets_the_latest_and_nothing_between(
    served: Served, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    async with served.idle(poll, "id: polls=1,schedules=2") as slow:
        await slow.until("id: polls=1,schedules=2")
        async with served.watching(poll) as quick:
            await quick.events(3)
            for turn in range(20):
                await they.submits(poll, ann, free(turn / 4, 2 + turn / 4))
                await until_schedules(quick, poll.schedules)
        slow.goes_on.set()
        await slow.until("id: polls=1,schedules=22")
        ids = [line for line in slow.body.splitlines() if line.startswith("id: ")]
        assert len(ids) <= 3  # what was on its way, and the latest
        assert ids[-1] == "id: polls=1,schedules=22"


async def test_nothing_is_kept_for_whoever_does_not_read(served: Served, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    async with served.idle(poll, "id: polls=1,schedules=2"), served.watching(poll) as quick:
        await quick.events(3)
        kept: list[ref[Any]] = []
        for turn in range(5):
            await they.submits(poll, ann, free(turn / 4, 2 + turn / 4))
            await until_schedules(quick, poll.schedules)
            kept.append(ref(served.snapshot_of(poll)))
        gc.collect()
        assert sum(snapshot() is not None for snapshot in kept) == 1


async def test_one_more_than_the_bound_is_told_to_come_later(served: Served, they: Others) -> None:
    poll = await they.opened()
    assert await served.has_no_viewers()
    async with AsyncExitStack() as opened:
        watchings = [await opened.enter_async_context(served.watching(poll)) for _ in range(MOST)]
        for watching in watchings:
            await watching.event()
        headers = {"Authorization": f"Bearer {poll.organiser}"}
        refused = await served.client.get(path_of(poll), headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        assert served.metric("live_viewers") == MOST
        assert served.metric("live_refused_total") == 1
    assert await served.has_no_viewers()
    async with served.watching(poll) as watching:
        await watching.event()


async def test_a_quiet_stream_is_kept_alive_by_comments(served: Served, they: Others) -> None:
    poll = await they.opened()
    async with served.watching(poll) as watching:
        await watching.events(3)
        await asyncio.sleep(0.1)
        await they.joined(poll)
        await watching.event()
        assert watching.pings >= 1


async def test_a_server_that_is_to_stop_lets_all_go_at_once(
    settings: Settings, they: Others
) -> None:
    poll = await they.opened()
    async with (
        serving(settings) as stopping,
        stopping.idle(poll, "retry: ") as stuck,
        stopping.watching(poll) as watching,
    ):
        await watching.events(3)
        begun = monotonic()
        stopping.server.handle_exit(signal.SIGTERM, None)
        assert await watching.ended()
        assert await stuck.is_let_go()
        assert monotonic() - begun < 2
        assert stopping.metric("live_viewers") == 0
