"""How soon those who watch a poll are told, and what they cost: rows of `recommender-http`.

Latency is measured on the whole, as `commontime up` runs it: from the answer to a schedule that was
submitted until the recommendations with its sequence have come to somebody who watches the poll.
The crowd watches one poll of recommender alone, in a process of its own.
"""

import asyncio
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import cast

import aiohttp
import psutil
import uvloop

from benchmarks.recommender_served import MODULE, served
from benchmarks.report import Row, p50, p99
from benchmarks.visibility import Person, at_rate, opened_poll
from recommender.testing import free
from standalone.testing import Instance

RATE = 100
POLLS = 50
PEOPLE = 10
VIEWERS = 1_000
ROUNDS = 5
_PATIENCE_S = 20
_MARK = b'"schedules":'
_COMPUTATIONS = "live_computations_total"


class Watcher(asyncio.Protocol):
    """Notes when each sequence came; does not care for the rest."""

    def __init__(self, path: str, token: str) -> None:
        self._request = (
            f"GET {path}/stream HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
        ).encode()
        self._rest = b""
        self.came: dict[int, float] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own is no subclass.
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now, text = perf_counter(), self._rest + data
        for part in text.split(_MARK)[1:]:
            sequence = part.partition(b"}")[0]
            if sequence.isdigit():
                self.came.setdefault(int(sequence), now)
        self._rest = text[-len(_MARK) - 20 :]

    def since(self, sequence: int) -> float | None:
        """When it came, or a later one that stands for it."""
        return min((at for number, at in self.came.items() if number >= sequence), default=None)


def rows(server: str, bootstrap: str) -> list[Row]:
    return [*uvloop.run(_crowd(server, bootstrap)), *_latency()]


def _latency() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="commontime-bench-") as folder:
        instance = Instance(Path(folder))
        instance.ups()
        try:
            instance.is_up()
            latencies = uvloop.run(_latencies(instance.running.url, instance.port))
        finally:
            instance.signals(signal.SIGINT)
            instance.ends()
    case = f"stored to told, {RATE}/s over {POLLS} polls"
    return [
        Row(f"{case}, p50", "ms", p50(latencies), target=25, better="lower"),
        Row(f"{case}, p99", "ms", p99(latencies), target=100, better="lower"),
    ]


async def _latencies(url: str, port: int) -> list[float]:
    """In milliseconds."""
    async with aiohttp.ClientSession(url) as session, AsyncExitStack() as opened:
        polls = [await opened_poll(session, PEOPLE) for _ in range(POLLS)]
        watchers: dict[str, Watcher] = {}
        for people in polls:
            watchers[people[0].poll] = (
                await opened.enter_async_context(
                    _watchers(port, people[0].poll, people[0].organiser, 1)
                )
            )[0]
        answered: list[tuple[str, int, float]] = []

        async def submit(n: int) -> None:
            person = polls[n % POLLS][n // POLLS % PEOPLE]
            sequence = await _submitted(session, person)
            answered.append((person.poll, sequence, perf_counter()))

        await at_rate(RATE, submit)
        answered.clear()  # that was to warm up
        await at_rate(RATE, submit)
        return [
            (await _told(watchers[poll], sequence) - at) * 1000 for poll, sequence, at in answered
        ]


async def _submitted(session: aiohttp.ClientSession, person: Person) -> int:
    headers = {"Authorization": f"Bearer {person.token}"}
    async with session.put(person.path, json=person.next_schedule(), headers=headers) as answer:
        await answer.read()
        assert answer.status == 200, await answer.text()
        return int(answer.headers["Commontime-Sequence"].removeprefix("schedules="))


async def _told(watcher: Watcher, sequence: int) -> float:
    deadline = perf_counter() + _PATIENCE_S
    while (at := watcher.since(sequence)) is None:
        assert perf_counter() < deadline, f"{sequence} was never told"
        await asyncio.sleep(0.001)
    return at


async def _crowd(server: str, bootstrap: str) -> list[Row]:
    slowest, computed = list[float](), list[float]()
    async with (
        served(server, bootstrap) as (address, poll, they),
        aiohttp.ClientSession(f"http://{address[0]}:{address[1]}") as session,
    ):
        ann = await they.answered(poll, None, free(0, 2))
        await they.answered(poll, None, free(1, 3))
        process = await _process_at(session, address[1])
        async with _watchers(address[1], str(poll.id), poll.organiser, VIEWERS // 10) as few:
            await _all_told(few, poll.schedules)
        before = process.memory_info().rss
        async with _watchers(address[1], str(poll.id), poll.organiser, VIEWERS) as watchers:
            await _all_told(watchers, poll.schedules)
            memory = process.memory_info().rss - before
            for turn in range(ROUNDS):
                first, began = await _computations(session), perf_counter()
                await they.submits(poll, ann, free(turn / 4, 3 + turn / 4))
                told = await _all_told(watchers, poll.schedules)
                slowest.append((told - began) * 1000)
                computed.append(await _computations(session) - first)
    case = f"{VIEWERS:,} viewers of one poll"
    return [
        Row(f"{case}, sent to all told", "ms", p50(slowest), target=500, better="lower"),
        Row(f"{case}, computations", "each", max(computed), target=1, better="lower"),
        Row(f"{case}, memory", "kB each", memory / VIEWERS / 1000, target=60, better="lower"),
    ]


async def _process_at(session: aiohttp.ClientSession, port: int) -> psutil.Process:
    """Our child that answers there, once it does."""
    deadline = perf_counter() + _PATIENCE_S
    while True:
        try:
            async with session.get("/readyz") as answer:
                if answer.status == 200:
                    break
        except aiohttp.ClientError:
            pass
        assert perf_counter() < deadline, f"nobody answers at {port}"
        await asyncio.sleep(0.05)
    return next(
        child for child in psutil.Process().children(recursive=True) if MODULE in child.cmdline()
    )


async def _all_told(watchers: list[Watcher], sequence: int) -> float:
    return max([await _told(watcher, sequence) for watcher in watchers])


async def _computations(session: aiohttp.ClientSession) -> float:
    async with session.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return float(next(line for line in lines if line.startswith(_COMPUTATIONS)).split()[1])


@asynccontextmanager
async def _watchers(port: int, poll: str, token: str, count: int) -> AsyncGenerator[list[Watcher]]:
    loop, made = asyncio.get_running_loop(), list[Watcher]()
    path = f"/api/v1/polls/{poll}"
    try:
        for _ in range(count):
            _, watcher = await loop.create_connection(
                lambda: Watcher(path, token), "127.0.0.1", port
            )
            made.append(watcher)
        yield made
    finally:
        for watcher in made:
            watcher.transport.close()
