"""PostgreSQL goes away and comes back, as in a failover: what was acknowledged is there."""

import asyncio

import psycopg

from commontime_driver import Commontime, eventually
from nothing_lost import nothing_lost
from separate_processes import SeparateProcesses
from steady_load import SteadyLoad

TERMINATE_ALL = """
select pg_terminate_backend(pid) from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()
"""


async def test_a_killed_postgresql_is_back_at_once_and_no_command_fails(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    load = SteadyLoad(driver, rate=10)
    await load.prepares(polls=2, people=3)
    async with nothing_lost(deployment, load):
        async with load.running() as measured:
            for _ in range(2):
                await goes_on(load)
                deployment.kill_postgres()
                deployment.postgres.start()
                await asyncio.to_thread(deployment.postgres.wait_until_ready)
            await goes_on(load)
        assert measured.failed == []
    assert set(measured.again) <= {0, 409, 503}, "never 500"


async def test_whoever_loses_the_connection_in_the_middle_is_served_by_another(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    load = SteadyLoad(driver, rate=10)
    await load.prepares(polls=2, people=3)
    async with nothing_lost(deployment, load):
        async with load.running() as measured:
            for _ in range(5):
                await goes_on(load, by=5)
                with psycopg.connect(deployment.postgres.url(), autocommit=True) as connection:
                    terminated = connection.execute(TERMINATE_ALL).fetchall()
                assert len(terminated) > 8
            await goes_on(load)
        assert measured.failed == []
    assert set(measured.again) <= {0, 409, 503}, "never 500"


async def goes_on(load: SteadyLoad, by: int = 15) -> None:
    """Wait until so many more commands are acknowledged."""
    before = load.acknowledged.total()

    async def more() -> int:
        return load.acknowledged.total() - before

    await eventually(more, lambda count: count >= by, seconds=60)
