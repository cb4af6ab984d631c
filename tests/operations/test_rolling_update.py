"""Old and new code side by side: from the version published last to this one, and a part back."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from commontime_driver import Commontime
from nothing_lost import nothing_lost
from rolling import Replaced, replace, replace_all
from separate_processes import Replica, SeparateProcesses
from settings_under_test import DEVELOPMENT
from steady_load import SteadyLoad
from versions import PRESENT, PUBLISHED, Version, published

MIXED_S = 2


@pytest.fixture(scope="module")
def old(operations_folder: Path) -> Version:
    """The version published last; where git does not have it, this one stands in for it."""
    return published(operations_folder / "published")


@pytest.fixture
def updated(operations_folder: Path, old: Version) -> Iterator[SeparateProcesses]:
    """All of it old: code, databases, roles."""
    own = operations_folder / "updated"
    own.mkdir()
    running = SeparateProcesses(own, settings=DEVELOPMENT, version=old)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
async def driver(updated: SeparateProcesses) -> AsyncGenerator[Commontime]:
    async with Commontime(updated.url, updated.admin_token) as driver:
        yield driver


async def test_an_update_replica_by_replica_and_back_again_fails_no_command(
    updated: SeparateProcesses, driver: Commontime, old: Version, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f" [from {old.name}, wanted {PUBLISHED}] ", end="", flush=True)
    load = SteadyLoad(driver)
    await load.prepares()
    async with nothing_lost(updated, load):
        async with load.running() as measured:
            await asyncio.to_thread(updated.prepares_databases, PRESENT)
            await asyncio.sleep(MIXED_S)
            replaced = await replace_one_of_each(updated, 0, PRESENT)
            await asyncio.sleep(MIXED_S)
            replaced += await replace_one_of_each(updated, 1, PRESENT)
            await asyncio.sleep(MIXED_S)
            replaced += await replace_all(updated, ["recommender"], old)
            await asyncio.sleep(MIXED_S)
        print(f"{sum(measured.sent.values())} commands, sent again after {dict(measured.again)}")
        print(f"visible: p99 {measured.visible_p99:.2f} s")
        assert measured.failed == []
    assert {one.code for one in replaced} == {0}


async def replace_one_of_each(
    deployment: SeparateProcesses, number: int, version: Version
) -> list[Replaced]:
    """As when all four Deployments roll at the same time."""
    replicas: list[Replica] = [r for r in deployment.replicas if r.number == number]
    return list(await asyncio.gather(*(replace(deployment, r, version) for r in replicas)))
