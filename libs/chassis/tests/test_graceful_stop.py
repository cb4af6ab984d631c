"""A real process is told to stop while it is busy."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx
import pytest

from chassis.graceful_server import DRAIN_S

Start = Callable[[], Awaitable["Running"]]
ENVIRONMENT = {
    "DATABASE_URL": "postgresql://localhost/never",
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:1",
    "COMMONTIME_SERVICE_TOKEN": "service-token-of-the-tests",
    "COMMONTIME_PUBLIC_URL": "http://localhost",
    "COMMONTIME_LOG_FORMAT": "json",
}


@dataclass
class Running:
    """The process, and the file it writes its logs to: a pipe that nobody reads would stop it."""

    process: Process
    log: Path

    async def url(self) -> str:
        found = None
        async with asyncio.timeout(30):
            while not found:
                await asyncio.sleep(0.05)
                found = re.search(r"running on (http://[\d.:]+)", self.said())
        return found[1]

    def said(self) -> str:
        return self.log.read_text()

    async def says(self, words: str) -> None:
        said = ""
        async with asyncio.timeout(30):
            while words not in said:
                await asyncio.sleep(0.01)
                said = self.said()

    async def stop(self) -> float:
        """Tell it, and return how many seconds it took."""
        told = monotonic()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            await self.process.wait()
        return monotonic() - told


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    running: list[Running] = []

    async def start_one() -> Running:
        program = Path(__file__).with_name("slow_service.py")
        log = tmp_path / f"{len(running)}.log"
        with log.open("w") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable, program, "serve", "--port", "0", env=ENVIRONMENT, stderr=file
            )
        running.append(Running(process, log))
        return running[-1]

    yield start_one
    for each in running:
        if each.process.returncode is None:
            each.process.kill()
            await each.process.wait()


async def test_a_stop_under_load_loses_no_request_and_ends_within_ten_seconds(start: Start) -> None:
    old, new = await start(), await start()
    old_url, new_url = await old.url(), await new.url()
    replica, answered, failed, busy = old_url, {old_url: 0, new_url: 0}, list[object](), True
    warm = asyncio.Event()

    async def watch_readiness(client: httpx.AsyncClient) -> None:
        nonlocal replica
        ready = True
        while ready:
            await asyncio.sleep(0.05)
            try:
                ready = (await client.get(f"{old_url}/readyz")).status_code == 200
            except httpx.TransportError:
                ready = False  # so slow a machine that all was over between two looks
        replica = new_url

    async def load(client: httpx.AsyncClient) -> None:
        nonlocal replica
        while busy:
            url = replica
            try:
                answer = await client.get(f"{url}/slow")
            except httpx.ConnectError:
                replica = new_url  # nothing was sent: what a gateway does is ask the next one
            except httpx.HTTPError as error:
                failed.append(error)
            else:
                answered[url] += 1
                if answered[url] >= 100:
                    warm.set()
                if answer.status_code != 200:
                    failed.append(answer)

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=10) as client, asyncio.TaskGroup() as group:
        group.create_task(watch_readiness(client))
        for _ in range(20):
            group.create_task(load(client))
        await warm.wait()
        seconds = await old.stop()
        busy = False

    assert failed == []
    assert answered[new_url] > 0
    assert seconds < 10
    assert old.process.returncode == 0
    assert "everything closed" in old.said()


async def test_a_running_request_is_finished(start: Start) -> None:
    service = await start()
    url = await service.url()
    async with httpx.AsyncClient(timeout=10) as client:
        running = asyncio.create_task(client.get(f"{url}/slow?seconds={DRAIN_S + 1}"))
        await service.says("asked")
        seconds = await service.stop()
        assert (await running).json() == "done"
    assert seconds < 10


async def test_a_request_that_does_not_end_is_not_waited_for_beyond_ten_seconds(
    start: Start,
) -> None:
    service = await start()
    url = await service.url()
    async with httpx.AsyncClient(timeout=20) as client:
        running = asyncio.create_task(client.get(f"{url}/slow?seconds=60"))
        await service.says("asked")
        seconds = await service.stop()
        with pytest.raises(httpx.HTTPError):
            (await running).raise_for_status()
    assert seconds < 10
    assert "everything closed" in service.said()


async def test_a_long_answer_ends_itself(start: Start) -> None:
    service = await start()
    url = await service.url()
    async with httpx.AsyncClient(timeout=10) as client, client.stream("GET", f"{url}/stream") as s:
        lines = s.aiter_lines()
        assert await anext(lines) == "begun"
        stopping = asyncio.create_task(service.stop())
        assert await anext(lines) == "ended by itself"
    assert await stopping < 5


async def test_an_idle_service_stops_at_once(start: Start) -> None:
    service = await start()
    await service.url()
    told = monotonic()
    service.process.send_signal(signal.SIGTERM)
    await service.says("everything closed")
    assert monotonic() - told < DRAIN_S
