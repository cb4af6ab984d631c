"""What an operator may have done: make read models anew, send facts again."""

from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry

from availability import consumers, projections
from availability.main import inbox_of, open_database
from availability.settings import Settings
from eventstore import rebuild as read_models
from eventstore import republish as outbox

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def rebuild(settings: Settings, _words: Sequence[str]) -> None:
    """Participants from the own facts, polls from those of poll-api, which must answer."""
    async with await open_database(settings) as pool:
        replayed = await read_models.rebuild(pool, [projections.project], projections.TABLES)
        _log.info("participants made anew", facts=replayed)
        async with inbox_of(settings, pool, CollectorRegistry(), consume=False) as inbox:
            await inbox.rebuild(consumers.TABLES)
        _log.info("polls taken in anew")


async def catch_up(settings: Settings, _words: Sequence[str]) -> None:
    """Take in what poll-api has decided and Kafka has not brought. It must answer."""
    async with (
        await open_database(settings) as pool,
        inbox_of(settings, pool, CollectorRegistry(), consume=False) as inbox,
    ):
        await inbox.catch_up()


async def republish(settings: Settings, words: Sequence[str]) -> None:
    """Every fact, or those of the poll named; the running service sends them."""
    async with await open_database(settings) as pool, pool.connection() as conn:
        queued = await outbox.republish(conn, words[0] if words else None)
        _log.info("facts queued for sending", facts=queued)
