"""What an operator has the service do beside serving: `rebuild` and `republish`."""

from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry

from chassis.clock import utc_now
from event_lifecycle.consumers import PollFollower
from event_lifecycle.known_polls import TABLES
from event_lifecycle.main import SOURCE, inbox_of, open_database
from event_lifecycle.projections import READ_MODEL_TABLES, project_events
from event_lifecycle.settings import Settings
from event_lifecycle.webhooks.announcing import announce
from eventstore.rebuild import rebuild as replay
from eventstore.republish import republish as send_again
from eventstore.store import EventStore

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def rebuild(settings: Settings, _: Sequence[str] = ()) -> None:
    """Make the read model and the timers from the facts, and take in what others decided again.

    Nothing is announced twice: what is told to partners is no read model, and a poll's fact that
    led to a fact of its event leads to nothing more. Raises `inbox.outcomes.OwnerAway`.
    """
    pool = await open_database(settings)
    async with pool:
        replayed = await replay(pool, [project_events], READ_MODEL_TABLES)
        _log.info("events made anew", facts=replayed)
        store = EventStore(pool, source=SOURCE, projections=[project_events, announce])
        follower = PollFollower(store, utc_now, settings.completion_of_polls)
        inbox = inbox_of(settings, pool, follower, CollectorRegistry(), consume=False)
        async with inbox:
            await inbox.rebuild(TABLES)
        _log.info("polls taken in anew")


async def catch_up(settings: Settings, _: Sequence[str] = ()) -> None:
    """Follow what poll-api and availability have decided and Kafka has not brought.

    What partners are to hear of it waits for the running service.
    """
    async with await open_database(settings) as pool:
        store = EventStore(pool, source=SOURCE, projections=[project_events, announce])
        follower = PollFollower(
            store, utc_now, settings.completion_of_polls, tell_within=settings.webhook_keep
        )
        async with inbox_of(settings, pool, follower, CollectorRegistry(), consume=False) as inbox:
            await inbox.catch_up()


async def republish(settings: Settings, words: Sequence[str] = ()) -> None:
    """Have the running service send the facts of the event with this id again, or all."""
    pool = await open_database(settings)
    async with pool, pool.connection() as connection:
        queued = await send_again(connection, words[0] if words else None)
        _log.info("facts queued for sending", facts=queued)
