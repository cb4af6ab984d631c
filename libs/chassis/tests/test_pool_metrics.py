"""How busy the connections to PostgreSQL are can be seen."""

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry

from chassis.database import open_pool
from chassis.pool_metrics import show_pool

NewDatabase = Callable[[], str]


async def test_idle_and_busy_connections_and_those_who_wait_are_shown(
    new_database: NewDatabase,
) -> None:
    registry = CollectorRegistry()

    def shown() -> tuple[float | None, float | None, float | None]:
        name = "commontime_database_pool_connections"
        return (
            registry.get_sample_value(name, {"state": "idle"}),
            registry.get_sample_value(name, {"state": "busy"}),
            registry.get_sample_value("commontime_database_pool_waiting"),
        )

    async with await open_pool(new_database(), "test", min_size=2, max_size=2) as pool:
        await pool.wait()
        show_pool(pool, registry)
        assert shown() == (2, 0, 0)
        async with pool.connection(), pool.connection():
            assert shown() == (0, 2, 0)
            queueing = asyncio.create_task(pool.getconn())
            await asyncio.sleep(0)
            assert shown() == (0, 2, 1)
        await pool.putconn(await queueing)
        assert shown() == (2, 0, 0)
