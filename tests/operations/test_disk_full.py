"""Disks run full: commands are refused for a while, none by halves, and then all goes on."""

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from commontime_driver import Commontime, at, eventually
from nothing_lost import nothing_lost
from on_disk import facts
from separate_processes import SeparateProcesses
from settings_under_test import DEVELOPMENT
from standalone.child import Child
from standalone.services import SERVICES
from steady_load import SteadyLoad

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a small disk")
# Of what is written with each command little is needed, so that full is soon full.
LEFT = 200_000


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeparateProcesses]:
    """PostgreSQL and Kafka have a small disk each; of every service there is one process."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "kafka").mkdir()
    with disk(folder, "400m"):
        (folder / "kafka").mkdir()
        with disk(folder / "kafka", "100m"):
            one_each = {service.name: 1 for service in SERVICES}
            running = SeparateProcesses(folder, replicas=one_each, settings=DEVELOPMENT)
            try:
                running.start()
                yield running
            finally:
                running.stop()


@contextmanager
def disk(folder: Path, size: str) -> Generator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def full(folder: Path) -> Generator[Callable[[], None]]:
    """Something else takes all the room but a little; call what is given to have it take more."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:

        def grows() -> None:
            room = os.statvfs(folder)
            surplus = room.f_bavail * room.f_frsize - LEFT
            if surplus > 0:
                with suppress(OSError):  # somebody was quicker
                    os.posix_fallocate(file.fileno(), ballast.stat().st_size, surplus)

        grows()
        try:
            yield grows
        finally:
            ballast.unlink()


@pytest.fixture
async def driver(small: SeparateProcesses) -> AsyncGenerator[Commontime]:
    async with Commontime(small.url, small.admin_token) as driver:
        yield driver


async def test_a_full_disk_of_postgresql_refuses_commands_until_there_is_room(
    small: SeparateProcesses, driver: Commontime
) -> None:
    asked = {f"{0:016}": await opens(driver, 0)}
    with full(small.folder) as ballast_grows:
        for number in range(1, 400):
            asked[f"{number:016}"] = answer = await opens(driver, number)
            if answer.status_code == 503 and number > 5 and await keeps_refusing(driver, number):
                break
            ballast_grows()
        else:
            pytest.fail("PostgreSQL always found room")
    statuses = {answer.status_code for answer in asked.values()}
    assert statuses == {201, 503}
    refused = [answer for answer in asked.values() if answer.status_code == 503]
    assert all("retry-after" in answer.headers for answer in refused)

    if died(small.postgres.child):  # whoever runs it starts it again
        small.postgres.start()
        await asyncio.to_thread(small.postgres.wait_until_ready)

    async def all_opened() -> set[int]:
        return {(await opens(driver, int(key))).status_code for key in asked}

    await eventually(all_opened, lambda seen: seen == {201}, seconds=90)
    polls = {key for key, of_key in facts(small.postgres.url(), "poll_api").items() if of_key}
    assert len(polls) == len(asked)
    for answer in asked.values():
        if answer.status_code == 201:
            assert answer.json()["id"] in polls


async def keeps_refusing(driver: Commontime, number: int) -> bool:
    return {(await opens(driver, number)).status_code for _ in range(3)} == {503}


async def opens(driver: Commontime, number: int) -> httpx.Response:
    body = {
        "title": f"Plan {number}",
        "description": "x" * 2_000,
        "window": {"start": at(0), "end": at(9)},
        "duration": "PT1H",
    }
    headers = {"Idempotency-Key": f"{number:016}"}
    return await driver.client.post("/api/v1/polls", json=body, headers=headers)


async def test_a_full_disk_of_kafka_delays_the_news_and_no_command(
    small: SeparateProcesses, driver: Commontime
) -> None:
    load = SteadyLoad(driver, rate=10)
    await load.prepares(polls=2, people=3)
    async with nothing_lost(small, load):
        with full(small.folder / "kafka"):
            async with asyncio.timeout(120):
                while not died(small.kafka.child):
                    await fills(driver)
            for number in range(1000, 1010):
                assert (await opens(driver, number)).status_code == 201
        small.kafka.start()
        await asyncio.to_thread(small.kafka.wait_until_ready)
        async with load.running() as measured:
            await asyncio.sleep(0)
        assert measured.failed == []


async def fills(driver: Commontime) -> None:
    """Have much written that goes to Kafka."""
    await asyncio.gather(*(driver.opens_a_poll(description="x" * 2_000) for _ in range(10)))


def died(child: Child | None) -> bool:
    return child is None or not child.is_running
