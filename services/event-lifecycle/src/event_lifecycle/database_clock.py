"""The database's clock, near enough to be read without a question to the database.

Timers are due by that clock, so what computes a due time must read it too: a jump of this
machine's clock then neither delays nor hastens anything.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NoReturn, Self

import psycopg
from psycopg_pool import PoolTimeout

from chassis.database import Pool
from chassis.tasks import end

_REFRESH_S = 5.0


class DatabaseClock:
    """A `chassis.clock.Clock`; between questions it advances by the monotonic clock.

    It is behind the database by at most the time of one round trip, never ahead of it.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Self:
        await self._ask()
        self._refreshing = asyncio.create_task(self._refresh(), name="database clock")
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._refreshing)

    def __call__(self) -> datetime:
        return self._told + timedelta(seconds=monotonic() - self._told_at)

    async def _refresh(self) -> NoReturn:
        while True:
            await asyncio.sleep(_REFRESH_S)
            # While the database is away nothing can be stored either; the old reading will do.
            with suppress(psycopg.OperationalError, PoolTimeout):
                await self._ask()

    async def _ask(self) -> None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select clock_timestamp()")
            row = await cursor.fetchone()
            assert row is not None
            self._told, self._told_at = row[0].astimezone(UTC), monotonic()
