"""Deletes kept answers that are older than a day, in the background."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import NoReturn

from chassis.database import Pool
from eventstore.background import keep_trying
from eventstore.idempotency import purge_answers

_PAUSE_S = 600.0


async def purge_for_ever(pool: Pool, rng: Random) -> NoReturn:
    """Purge now and about every ten minutes until cancelled."""

    async def session(works: Callable[[], None]) -> None:
        while True:
            async with pool.connection() as connection:
                await purge_answers(connection)
            works()
            await asyncio.sleep(_PAUSE_S * rng.uniform(0.5, 1.5))

    await keep_trying("purge answers", session, rng)
