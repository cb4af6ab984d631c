"""What an operator asks of this service on the command line, beside serving."""

from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry

from eventstore.rebuild import rebuild as project_again
from eventstore.republish import republish as queue_again
from inbox.inbox import OwnerAway
from poll_api import consumers, projections
from poll_api.main import inbox_of, open_database
from poll_api.settings import Settings

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def rebuild(settings: Settings, _words: Sequence[str]) -> None:
    """Make every read model again: polls from the own facts, edit links from availability's."""
    async with await open_database(settings) as pool:
        count = await project_again(pool, [projections.project_polls], projections.TABLES)
        _log.info("polls are rebuilt", facts=count)
        async with inbox_of(settings, pool, CollectorRegistry()) as inbox:
            try:
                await inbox.rebuild(consumers.TABLES)
            except OwnerAway as error:
                raise SystemExit(f"Edit links come when availability is back: {error}.") from None
        _log.info("edit links are rebuilt")


async def catch_up(settings: Settings, _words: Sequence[str]) -> None:
    """Take in what availability has decided and Kafka has not brought. It must answer."""
    async with (
        await open_database(settings) as pool,
        inbox_of(settings, pool, CollectorRegistry()) as inbox,
    ):
        await inbox.catch_up()


async def republish(settings: Settings, words: Sequence[str]) -> None:
    """Send the facts of one poll, or all of them, to Kafka again; the running relay does it."""
    async with await open_database(settings) as pool, pool.connection() as connection:
        count = await queue_again(connection, words[0] if words else None)
    _log.info("facts are queued", facts=count)
