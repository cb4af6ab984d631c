"""Commands at a steady rate, whether or not the ones before were answered, and what came of them.

Submissions come from a `Crowd`, which knows what must be recommended in the end; the others are
counted. Each is sent again, with its `Idempotency-Key`, until it is answered.
"""

import asyncio
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from statistics import quantiles
from time import perf_counter

import httpx

from commontime_driver import JSON, Commontime, Person, Poll, at
from crowd import Crowd

# Of ten commands.
MIX = (
    "submit",
    "join",
    "submit",
    "open",
    "submit",
    "create",
    "submit",
    "finalise",
    "submit",
    "submit",
)
PATIENCE_S = 30
LOOK_EVERY_S = 0.1


@dataclass
class Measured:
    """`seconds` until each command was answered, and until each submission was visible.

    `again` are the answers, by status, that had a command sent again; 0 is a broken connection.
    """

    sent: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])
    again: Counter[int] = field(default_factory=Counter[int])
    seconds: list[float] = field(default_factory=list[float])
    visible: list[float] = field(default_factory=list[float])

    @property
    def visible_p99(self) -> float:
        return quantiles(self.visible, n=100)[98]


class SteadyLoad:
    """`acknowledged` counts commands by kind, over all runs."""

    def __init__(
        self, driver: Commontime, *, rate: float = 50, mix: Sequence[str] = MIX, seed: int = 1
    ) -> None:
        self.crowd = Crowd(driver, Random(seed))
        self.acknowledged: Counter[str] = Counter()
        self._driver = driver
        self._rate = rate
        self._mix = mix
        self._joined: list[Poll] = []
        self._open: deque[Poll] = deque()
        self._idle: asyncio.Queue[Person] = asyncio.Queue()
        self._waiting: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._measured = Measured()

    async def prepares(self, polls: int = 10, people: int = 8) -> None:
        """Whatever the commands are about; nothing of it is measured."""
        await self.crowd.gathers(polls, people)
        await self.crowd.answers_once()
        self._joined = [await self._driver.opens_a_poll() for _ in range(5)]
        await self.crowd.is_understood()
        everybody = list(self.crowd.people.values())
        # Neighbours are of different polls.
        for person in (p for first in range(people) for p in everybody[first::people]):
            self._idle.put_nowait(person)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Measured]:
        """Send commands meanwhile; afterwards all are answered, and all submissions visible."""
        self._measured = measured = Measured()
        stopping = asyncio.Event()
        before = self._driver.statuses.copy()
        async with asyncio.TaskGroup() as tasks:
            watching = [tasks.create_task(self._watch(poll)) for poll in self.crowd.polls.values()]
            sending = tasks.create_task(self._send(stopping))
            try:
                yield measured
            finally:
                stopping.set()
                await sending
                await self._until_all_is_visible()
                for task in watching:
                    task.cancel()
        measured.again = self._driver.statuses - before
        for status in (200, 201):
            del measured.again[status]

    async def for_seconds(self, seconds: float) -> Measured:
        async with self.running() as measured:
            await asyncio.sleep(seconds)
        return measured

    async def _send(self, stopping: asyncio.Event) -> None:
        begun, number = perf_counter(), 0
        async with asyncio.TaskGroup() as tasks:
            while not stopping.is_set():
                tasks.create_task(self._command(self._mix[number % len(self._mix)]))
                number += 1
                await asyncio.sleep(max(0.0, begun + number / self._rate - perf_counter()))

    async def _command(self, kind: str) -> None:
        act: dict[str, Callable[[], Awaitable[None]]] = {
            "submit": self._submit,
            "join": self._join,
            "open": self._opens,
            "create": self._create,
            "finalise": self._finalise,
        }
        if kind == "finalise" and not self._open:
            kind = "open"
        self._measured.sent[kind] += 1
        begun = perf_counter()
        try:
            await act[kind]()
        except (AssertionError, httpx.HTTPError) as error:
            self._measured.failed.append(f"{kind}: {error!r}")
        else:
            self._measured.seconds.append(perf_counter() - begun)
            self.acknowledged[kind] += 1

    async def _submit(self) -> None:
        # Nobody has two answers under way: the crowd would not know which was the last.
        person = await self._idle.get()
        try:
            told = await self.crowd.answer(person)
        finally:
            self._idle.put_nowait(person)
        self._waiting[person.poll.id].append((told.sequence, perf_counter()))

    async def _join(self) -> None:
        poll = self._joined[self.acknowledged["join"] % len(self._joined)]
        await self._posts(f"{poll.path}/participants", {"name": secrets.token_hex(6)}, poll.answer)

    async def _opens(self) -> None:
        window = {"start": at(0), "end": at(9)}
        body = {"title": secrets.token_hex(6), "window": window, "duration": "PT1H"}
        made = (await self._posts("/api/v1/polls", body)).json()
        self._open.append(Poll(made["id"], **made["capabilities"]))

    async def _create(self) -> None:
        body = {"title": secrets.token_hex(6), "starts_at": at(0)}
        await self._posts("/api/v1/events", body, self._driver.admin_token)

    async def _finalise(self) -> None:
        poll = self._open.popleft()
        await self._posts(f"{poll.path}/finalise", {"start": at(0), "as_of": None}, poll.organiser)

    async def _posts(self, path: str, body: JSON, token: str = "") -> httpx.Response:
        answer = await self._driver.insists("POST", path, body, token, seconds=PATIENCE_S)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer

    async def _watch(self, poll: Poll) -> None:
        """Look, as a reader does who asks for no sequence, until what was submitted is there."""
        waiting = self._waiting[poll.id]
        headers = {"Authorization": f"Bearer {poll.answer}"}
        while True:
            if waiting:
                answer = await self._driver.client.get(
                    f"{poll.path}/recommendations", headers=headers
                )
                now = perf_counter()
                seen: int = answer.json()["as_of"]["schedules"] if answer.is_success else 0
                self._measured.visible += [now - since for n, since in waiting if n <= seen]
                waiting[:] = [(n, since) for n, since in waiting if n > seen]
            await asyncio.sleep(LOOK_EVERY_S)

    async def _until_all_is_visible(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while any(self._waiting.values()):  # noqa: ASYNC110  # nothing to await
                await asyncio.sleep(LOOK_EVERY_S)
