"""Erases polls whose time is long over, by itself.

One replica does it at a time, and each poll is erased once whoever tries: by an append with the
poll's version. Times are the database's. Nothing is erased before the moment in the table
`retention`, a day after an installation learnt to do this.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import NoReturn

import structlog
from prometheus_client import CollectorRegistry, Counter

from chassis.named_sql import load
from eventstore.background import keep_trying
from eventstore.dedicated import Connection, dedicated_connection
from poll_api.decider import RetirePoll
from poll_api.handlers import retire
from poll_api.service import Service

AT_ONCE = 100
_PAUSE_S = 3600.0
_SQL = load("poll_api")
_log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True)
class Retention:
    """`days` after the end of its window a poll is erased; 0: never."""

    service: Service
    url: str
    days: int
    erased: Counter

    async def run_once(self) -> int:
        """Erase what is due, unless another replica is at it; return how many polls there were."""
        async with dedicated_connection(self.url, "poll-api retention") as connection:
            cursor = await connection.execute(_SQL["try_to_retire"])
            if await cursor.fetchone() != (True,):
                return 0
            erased = 0
            while self.days and (found := await self._retire_some(connection)):
                erased += found
            # A link may have been learnt in the moment in which its poll was erased.
            await connection.execute(_SQL["forget_links_of_erased"])
            await connection.execute(_SQL["let_others_retire"])
        if erased:
            _log.info("polls erased after their time", count=erased)
        return erased

    async def _retire_some(self, connection: Connection) -> int:
        kept = {"kept": timedelta(days=self.days), "limit": AT_ONCE}
        cursor = await connection.execute(_SQL["polls_over"], kept)
        erased = 0
        for poll_id, latest_end, now in await cursor.fetchall():
            erased += await retire(self.service, poll_id, RetirePoll(latest_end, now))
        self.erased.inc(erased)
        return erased


def retention_of(service: Service, url: str, days: int, registry: CollectorRegistry) -> Retention:
    counter = Counter("polls_retired", "Polls erased after their time", registry=registry)
    return Retention(service, url, days, counter)


async def retire_for_ever(retention: Retention, rng: Random) -> NoReturn:
    """Now and every hour until cancelled; replicas come at different moments."""

    async def session(works: Callable[[], None]) -> None:
        while True:
            await retention.run_once()
            works()
            await asyncio.sleep(_PAUSE_S * rng.uniform(0.75, 1))

    await keep_trying("erase old polls", session, rng)
