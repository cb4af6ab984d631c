"""Work that nobody waits for ends, and there is a bound on how much waits."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from threading import Event
from typing import Any

import pytest
import pytest_asyncio

from inbox.testing.service import until
from recommender import answers
from recommender.indexes import MOST_WAITING
from recommender.live.testing import Served, serving
from recommender.ranking.stopping import checkpoint
from recommender.settings import Settings
from recommender.testing import Others, Poll, free
from recommender.work import AT_ONCE, MOST, Overloaded, off_the_loop_if

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Endless:
    """In place of the ranking of some polls: a computation that never comes to an end by itself."""

    def __init__(self) -> None:
        self.polls: set[str] = set()
        self.begun = 0
        self.ended = 0
        self.given_way = Event()
        self._answered = answers.answered

    def __call__(self, *args: Any, poll_id: str, **named: Any) -> bytes:
        if poll_id not in self.polls:
            return self._answered(*args, poll_id=poll_id, **named)
        self.begun += 1
        try:
            while not self.given_way.is_set():
                checkpoint()
                time.sleep(0.002)
            return self._answered(*args, poll_id=poll_id, **named)
        finally:
            self.ended += 1

    async def has_begun(self, times: int = 1) -> None:
        await self._comes_to("begun", times)

    async def has_ended(self, times: int = 1) -> None:
        await self._comes_to("ended", times)

    async def _comes_to(self, what: str, times: int) -> None:
        async def come() -> bool:
            return getattr(self, what) == times

        await until(come)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(settings: Settings) -> AsyncGenerator[Served]:
    async with serving(settings) as running:
        yield running


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endless]:
    planted = Endless()
    monkeypatch.setattr(answers, "answered", planted)
    monkeypatch.setattr(answers, "_HEAVY_RANKING", -1)
    yield planted
    planted.given_way.set()


def path_of(poll: Poll) -> str:
    return f"/api/v1/polls/{poll.id}/recommendations"


def path_of_any() -> str:
    return "/api/v1/polls/{poll_id}/recommendations"


def headers_of(poll: Poll) -> dict[str, str]:
    return {"Authorization": f"Bearer {poll.organiser}", **poll.up_to_date}


class Leaving:
    """A client that asks, and closes the connection when it likes."""

    def __init__(self, served: Served, poll: Poll) -> None:
        self._port = served.port
        lines = [f"GET {path_of(poll)} HTTP/1.1", "Host: recommender"]
        lines += [f"{name}: {value}" for name, value in headers_of(poll).items()]
        self._request = "\r\n".join([*lines, "", ""]).encode()

    async def __aenter__(self) -> None:
        _, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(self._request)

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def with_somebody(they: Others) -> Poll:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 2))
    return poll


async def test_a_client_that_goes_takes_its_computation_along(
    served: Served, they: Others, endless: Endless
) -> None:
    poll = await with_somebody(they)
    endless.polls = {str(poll.id)}
    async with Leaving(served, poll):
        await endless.has_begun()
    await endless.has_ended()
    endless.polls.clear()
    # Whoever comes next is not kept waiting by what the other has left behind.
    answer = await served.client.get(path_of(poll), headers=headers_of(poll))
    assert answer.json()["recommendations"][0]["guaranteed"] == 1

    async def counted_as_closed_by_the_client() -> bool:
        labels = {"method": "GET", "route": path_of_any(), "status": "499"}
        return served.app.state.metrics.get_sample_value("http_requests_total", labels) == 1

    await until(counted_as_closed_by_the_client)


async def test_those_who_wait_for_the_same_poll_get_its_answer_when_the_first_has_gone(
    served: Served, they: Others, endless: Endless
) -> None:
    poll = await with_somebody(they)
    endless.polls = {str(poll.id)}
    async with Leaving(served, poll):
        await endless.has_begun()
        waiting = asyncio.create_task(served.client.get(path_of(poll), headers=headers_of(poll)))
        await asyncio.sleep(0.05)
        assert endless.begun == 1
    await endless.has_begun(2)
    endless.given_way.set()
    assert (await waiting).status_code == 200


async def test_heavy_work_on_one_poll_keeps_nobody_from_another(
    served: Served, they: Others, endless: Endless
) -> None:
    busy, other = await with_somebody(they), await with_somebody(they)
    endless.polls = {str(busy.id)}
    async with Leaving(served, busy):
        await endless.has_begun()
        for _ in range(3):
            answer = await served.client.get(path_of(other), headers=headers_of(other))
            assert answer.status_code == 200
            await they.answered(other, None, free(0, 2))
    await endless.has_ended()


async def test_one_more_than_may_wait_is_told_to_come_back(
    served: Served, they: Others, endless: Endless
) -> None:
    poll = await with_somebody(they)
    work, waiting = Event(), list[asyncio.Task[bool]]()
    for _ in range(MOST):
        waiting.append(asyncio.create_task(off_the_loop_if(True, lambda: work.wait(10))))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await off_the_loop_if(True, checkpoint)
    refused = await served.client.get(path_of(poll), headers=headers_of(poll))
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
    assert refused.headers["retry-after"] == "1"
    waiting.pop().cancel()
    waiting.append(asyncio.create_task(off_the_loop_if(True, lambda: work.wait(10))))
    await asyncio.sleep(0.01)
    work.set()
    assert await asyncio.gather(*waiting) == [True] * MOST
    answer = await served.client.get(path_of(poll), headers=headers_of(poll))
    assert answer.status_code == 200


async def test_not_everybody_can_wait_for_their_turn_at_a_poll(
    served: Served, they: Others
) -> None:
    poll = await with_somebody(they)
    await served.client.get(path_of(poll), headers=headers_of(poll))
    entry = await served.service.entries.read(poll.id)
    assert entry is not None
    known, taken = entry.poll, served.service.answers.taken

    async def take() -> bool:
        async with taken(known, poll.schedules) as current:
            return current.sequence == poll.schedules

    async with taken(known, poll.schedules):
        waiting = [asyncio.create_task(take()) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0.05)
        with pytest.raises(Overloaded):
            await take()
        waiting.pop().cancel()
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(take()))
    assert await asyncio.gather(*waiting) == [True] * MOST_WAITING


async def test_what_still_waits_for_a_thread_is_never_begun_for_nobody() -> None:
    work, begun = Event(), list[int]()
    busy = [
        asyncio.create_task(off_the_loop_if(True, lambda: work.wait(10))) for _ in range(AT_ONCE)
    ]
    await asyncio.sleep(0)
    waiting = asyncio.create_task(off_the_loop_if(True, lambda: begun.append(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    work.set()
    await asyncio.gather(*busy)
    await off_the_loop_if(True, checkpoint)
    assert begun == []
