"""Replicas are restarted, one after the other, while commands come in: nobody notices."""

import pytest

from commontime_driver import Commontime
from nothing_lost import nothing_lost
from rolling import GRACE_S, Replaced, replace
from separate_processes import Replica, SeparateProcesses
from steady_load import Measured, SteadyLoad

VISIBLE_WITHIN_S = 3


async def test_a_rolling_restart_fails_no_command_and_hardly_delays_what_is_visible(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    await restarts(deployment, driver, [r for r in deployment.replicas if r.number == 0])


@pytest.mark.soak
async def test_rolling_restarts_of_every_replica_again_and_again(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    await restarts(deployment, driver, deployment.replicas * 3)


async def restarts(
    deployment: SeparateProcesses, driver: Commontime, replicas: list[Replica]
) -> None:
    load = SteadyLoad(driver)
    await load.prepares()
    async with nothing_lost(deployment, load):
        async with load.running() as measured:
            restarted = [await replace(deployment, replica) for replica in replicas]
        show(measured, restarted)
        assert measured.failed == []
    assert {one.code for one in restarted} == {0}
    assert max(one.to_end for one in restarted) < GRACE_S
    assert measured.visible_p99 <= VISIBLE_WITHIN_S


def show(measured: Measured, restarted: list[Replaced]) -> None:
    print(f"{sum(measured.sent.values())} commands, sent again after {dict(measured.again)}")
    print(f"visible: p99 {measured.visible_p99:.2f} s, at most {max(measured.visible):.2f} s")
    for one in restarted:
        print(f"{one.name}: ended in {one.to_end:.1f} s, ready in {one.to_be_ready:.1f} s")
