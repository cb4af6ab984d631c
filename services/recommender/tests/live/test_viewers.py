"""Many viewers cost little more than one, and those who do not read cost nobody anything."""

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import Any
from weakref import ref

import pytest
import pytest_asyncio
from starlette.types import Message, Scope

from recommender.live.testing import Served, path_of, serving
from recommender.settings import Settings
from recommender.testing import Others, Poll, free

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST = 40
COMPUTED = "live_computations_total"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(settings: Settings, they: Others) -> AsyncGenerator[Served]:
    few = settings.model_copy(update={"stream_viewers": MOST, "stream_ping_seconds": 0.05})
    async with serving(few) as running:
        yield running


class Idle:
    """A client that takes what comes up to this text, and then no more until it goes on."""

    def __init__(self, served: Served, poll: Poll, up_to: str) -> None:
        self.messages: list[Message] = []
        self.goes_on = asyncio.Event()
        self._up_to = up_to
        self._asked = False
        self._left = asyncio.Event()
        self._calling = asyncio.create_task(served.app(_scope(poll), self._receive, self._send))

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    async def until(self, text: str) -> None:
        async with asyncio.timeout(5):
            while text not in self.body:  # noqa: ASYNC110  # nothing to await
                await asyncio.sleep(0.01)

    async def is_let_go(self) -> bool:
        async with asyncio.timeout(2):
            await self._calling
        return True

    async def leaves(self) -> None:
        self.goes_on.set()
        self._left.set()
        await self.is_let_go()

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.messages.append(message)
        if self._up_to in self.body:
            await self.goes_on.wait()


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
    async with idle(served, poll, "id: polls=1,schedules=2") as slow:
        await slow.until("id: polls=1,schedules=2")
        async with served.watching(poll) as quick:
            await quick.events(3)
            for turn in range(20):
                await they.submits(poll, ann, free(turn / 4, 2 + turn / 4))
                await quick.until_schedules(poll.schedules)
        slow.goes_on.set()
        await slow.until("id: polls=1,schedules=22")
        ids = [line for line in slow.body.splitlines() if line.startswith("id: ")]
        assert len(ids) <= 3  # what was on its way, and the latest
        assert ids[-1] == "id: polls=1,schedules=22"


async def test_nothing_is_kept_for_whoever_does_not_read(served: Served, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    async with idle(served, poll, "id: polls=1,schedules=2"), served.watching(poll) as quick:
        await quick.events(3)
        kept: list[ref[Any]] = []
        for turn in range(5):
            await they.submits(poll, ann, free(turn / 4, 2 + turn / 4))
            await quick.until_schedules(poll.schedules)
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
        idle(stopping, poll, "retry: ") as stuck,
        stopping.watching(poll) as watching,
    ):
        await watching.events(3)
        begun = monotonic()
        stopping.server.handle_exit(signal.SIGTERM, None)
        assert await watching.ended()
        assert await stuck.is_let_go()
        assert monotonic() - begun < 2
        assert stopping.metric("live_viewers") == 0


@asynccontextmanager
async def idle(served: Served, poll: Poll, up_to: str) -> AsyncGenerator[Idle]:
    client = Idle(served, poll, up_to)
    try:
        yield client
    finally:
        await client.leaves()


def _scope(poll: Poll) -> Scope:
    path = path_of(poll)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"authorization", f"Bearer {poll.organiser}".encode()),
            (b"commontime-min-sequence", poll.up_to_date["Commontime-Min-Sequence"].encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
