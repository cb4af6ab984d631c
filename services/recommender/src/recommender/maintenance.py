"""What an operator may have done: everything made anew from what the others know."""

from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry

from recommender.emitted import Emitted
from recommender.erasing import TABLES
from recommender.feed import announce_everything
from recommender.main import inbox_of, open_database
from recommender.settings import Settings

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def rebuild(settings: Settings, _words: Sequence[str]) -> None:
    """Empty the tables and fill them from poll-api and availability, which must answer."""
    async with (
        await open_database(settings) as pool,
        inbox_of(settings, pool, CollectorRegistry()) as inbox,
    ):
        await inbox.rebuild(TABLES)
        async with pool.connection() as conn:
            # Of what the owners no longer know, nothing else has told the replicas.
            await announce_everything(conn)
        _log.info("polls and schedules taken in anew")


async def catch_up(settings: Settings, _words: Sequence[str]) -> None:
    """Take in what poll-api and availability have decided and Kafka has not brought."""
    async with (
        await open_database(settings) as pool,
        inbox_of(settings, pool, CollectorRegistry()) as inbox,
    ):
        await inbox.catch_up()


async def republish(settings: Settings, words: Sequence[str]) -> None:
    """Send the state of one poll, or all of them, to Kafka again; the running relay does it."""
    async with await open_database(settings) as pool:
        count = await Emitted(pool).republish(words[0] if words else None)
    _log.info("states are queued", states=count)
