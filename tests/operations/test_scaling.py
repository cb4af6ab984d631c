"""Consumers come and go while facts come in: none is lost, and none takes effect twice."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from commontime_driver import Commontime
from nothing_lost import nothing_lost
from separate_processes import PATIENCE, Replica, SeparateProcesses
from standalone.testing import eventually
from steady_load import SteadyLoad

CONSUMERS = ("recommender", "availability", "event-lifecycle")
# While all who come and leave do so in order, and while one who was killed is not missed yet.
IN_ORDER_WITHIN_S = 8
KILLED_WITHIN_S = 16
SETTLED_S = 1


class Scaling:
    """`slowest` is, for each step, how long a submission took at most to be visible."""

    def __init__(self, deployment: SeparateProcesses, load: SteadyLoad) -> None:
        self._deployment = deployment
        self._load = load
        self.slowest: dict[str, float] = {}

    @asynccontextmanager
    async def step(self, name: str) -> AsyncGenerator[None]:
        async with self._load.running() as measured:
            yield
            await asyncio.sleep(SETTLED_S)
        assert measured.failed == []
        self.slowest[name] = max(measured.visible)
        print(f"{name}: all visible within {self.slowest[name]:.1f} s")

    async def up(self, services: Sequence[str]) -> list[Replica]:
        added = [self._deployment.add(service) for service in services]
        for replica in added:
            await asyncio.to_thread(eventually, replica.is_ready, PATIENCE)
        return added

    async def down(self, replicas: Sequence[Replica]) -> None:
        for replica in replicas:
            await asyncio.to_thread(self._deployment.remove, replica)


async def scale(deployment: SeparateProcesses, driver: Commontime, rate: float) -> Scaling:
    load = SteadyLoad(driver, rate=rate)
    await load.prepares()
    scaling = Scaling(deployment, load)
    async with nothing_lost(deployment, load):
        async with scaling.step("from 2 to 3 of each"):
            added = await scaling.up(CONSUMERS)
        # More than there are partitions of a topic.
        async with scaling.step("from 3 to 7"):
            victim, *others = await scaling.up(["recommender"] * 4)
        async with scaling.step("one is killed"):
            deployment.kill(victim)
        async with scaling.step("back to 2"):
            await scaling.down([*added, *others, victim])
    return scaling


async def test_consumers_come_and_go_under_load_and_one_is_killed(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    scaling = await scale(deployment, driver, rate=50)
    in_order = scaling.slowest["from 2 to 3 of each"], scaling.slowest["from 3 to 7"]
    assert max(in_order) < IN_ORDER_WITHIN_S
    assert max(scaling.slowest.values()) < KILLED_WITHIN_S


@pytest.mark.soak
@pytest.mark.parametrize("rate", [100, 200])
async def test_they_come_and_go_under_a_heavy_load(
    deployment: SeparateProcesses, driver: Commontime, rate: float
) -> None:
    scaling = await scale(deployment, driver, rate)
    assert max(scaling.slowest.values()) < KILLED_WITHIN_S
