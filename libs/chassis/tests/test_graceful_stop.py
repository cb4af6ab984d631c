"""A real process is told to stop while it is busy."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from time import monotonic

import httpx
import pytest

Start = Callable[[], Awaitable[tuple[Process, str]]]
ENVIRONMENT = {
    "DATABASE_URL": "postgresql://localhost/never",
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:1",
    "COMMONTIME_SERVICE_TOKEN": "service-token-of-the-tests",
    "COMMONTIME_PUBLIC_URL": "http://localhost",
    "COMMONTIME_LOG_FORMAT": "json",
}


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    processes: list[Process] = []

    async def start_one() -> tuple[Process, str]:
        program = Path(__file__).with_name("slow_service.py")
        process = await asyncio.create_subprocess_exec(
            sys.executable, program, "serve", "--port", "0", env=ENVIRONMENT, stderr=PIPE
        )
        processes.append(process)
        assert process.stderr
        async with asyncio.timeout(30):
            async for line in process.stderr:
                if found := re.search(rb"running on (http://[\d.:]+)", line):
                    return process, found[1].decode()
        raise AssertionError("it ended before it listened")

    yield start_one
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def stop(process: Process) -> tuple[float, str]:
    """Tell it, and return how long it took and what it had to say."""
    told = monotonic()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(15):
        _, said = await process.communicate()
    return monotonic() - told, said.decode()


async def test_a_stop_under_load_loses_no_request_and_ends_within_ten_seconds(start: Start) -> None:
    (old, old_url), (_, new_url) = await start(), await start()
    replica, answered, failed, busy = old_url, {old_url: 0, new_url: 0}, list[object](), True
    warm = asyncio.Event()

    async def watch_readiness(client: httpx.AsyncClient) -> None:
        nonlocal replica
        ready = True
        while ready:
            await asyncio.sleep(0.05)
            ready = (await client.get(f"{old_url}/readyz")).status_code == 200
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
        seconds, said = await stop(old)
        busy = False

    assert failed == []
    assert answered[new_url] > 0
    assert seconds < 10
    assert old.returncode == 0
    assert "everything closed" in said


async def test_a_running_request_is_finished(start: Start) -> None:
    process, url = await start()
    async with httpx.AsyncClient(timeout=10) as client:
        running = asyncio.create_task(client.get(f"{url}/slow?seconds=2"))
        await asyncio.sleep(0.1)
        seconds, _ = await stop(process)
        assert (await running).json() == "done"
    assert 1 < seconds < 10


async def test_a_request_that_does_not_end_is_not_waited_for_beyond_ten_seconds(
    start: Start,
) -> None:
    process, url = await start()
    async with httpx.AsyncClient(timeout=20) as client:
        running = asyncio.create_task(client.get(f"{url}/slow?seconds=60"))
        await asyncio.sleep(0.1)
        seconds, said = await stop(process)
        with pytest.raises(httpx.HTTPError):
            (await running).raise_for_status()
    assert seconds < 10
    assert "everything closed" in said


async def test_a_long_answer_ends_itself(start: Start) -> None:
    process, url = await start()
    async with httpx.AsyncClient(timeout=10) as client, client.stream("GET", f"{url}/stream") as s:
        lines = s.aiter_lines()
        assert await anext(lines) == "begun"
        stopping = asyncio.create_task(stop(process))
        assert await anext(lines) == "ended by itself"
    assert (await stopping)[0] < 5


async def test_an_idle_service_stops_at_once(start: Start) -> None:
    process, _ = await start()
    seconds, said = await stop(process)
    assert seconds < 1
    assert "everything closed" in said
