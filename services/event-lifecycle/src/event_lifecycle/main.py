"""Puts event-lifecycle together: reads as a table of contents, imports do nothing."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from chassis.application import add_routes, create_service
from chassis.clock import Clock
from chassis.database import Pool, database_ready, open_pool
from chassis.internal import require_service_token
from chassis.live.viewers import Viewers
from chassis.pool_metrics import show_pool
from chassis.trusted_issuers import keys_of
from contracts import topics
from event_lifecycle import calendar_routes, refusals, routes
from event_lifecycle.consumers import PollFollower
from event_lifecycle.database_clock import DatabaseClock
from event_lifecycle.live import routes as live_routes
from event_lifecycle.live.hub import EventHub
from event_lifecycle.live.metrics import StreamMetrics
from event_lifecycle.migrations import FOLDERS
from event_lifecycle.projections import SETTING_TIMERS, due_times, project_events
from event_lifecycle.service import Service
from event_lifecycle.settings import Settings
from event_lifecycle.webhooks import refusals as webhook_refusals
from event_lifecycle.webhooks import routes as webhook_routes
from event_lifecycle.webhooks.announcing import announce
from event_lifecycle.webhooks.dispatcher import Dispatcher, Pace
from event_lifecycle.webhooks.endpoints import set_integration
from event_lifecycle.webhooks.metrics import DeliveryMetrics
from event_lifecycle.webhooks.pacing import Limits
from event_lifecycle.webhooks.retention import Retention
from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.sender import Sender
from eventstore.edge import REJECTIONS as STORE_REJECTIONS
from eventstore.owner_routes import owner_router
from eventstore.recorded import Recorded
from eventstore.relay import Relay
from eventstore.store import EventStore
from inbox.edge import REJECTIONS as INBOX_REJECTIONS
from inbox.inbox import Inbox
from inbox.sources import FactSource
from timers.loop import TimerLoop

NAME = "event-lifecycle"
SOURCE = f"/commontime/{NAME}"
# Schedules, most of what comes in, are of no interest here: better taken in together.
GATHER_S = 0.05


def create_app(settings: Settings) -> FastAPI:
    """The whole service; nothing is opened before its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        registry: CollectorRegistry = app.state.metrics
        seal = Seal(settings.encryption_key.get_secret_value())
        async with AsyncExitStack() as opened:
            pool = await open_database(settings)
            opened.push_async_callback(pool.close)
            show_pool(pool, registry)
            await set_integration(pool, settings.notify_url)
            clock = await opened.enter_async_context(DatabaseClock(pool))
            relay = await opened.enter_async_context(relay_of(settings, pool, registry))
            sender = await opened.enter_async_context(_sender(settings, clock))
            dispatcher = await opened.enter_async_context(
                _dispatcher(settings, sender, seal, clock, registry)
            )
            await opened.enter_async_context(_retention(settings))
            timers = await opened.enter_async_context(
                _timers(settings, relay, dispatcher, registry)
            )
            store = await opened.enter_async_context(
                _store(pool, relay, dispatcher, timers, registry)
            )
            follower = PollFollower(
                store,
                clock,
                settings.completion_of_polls,
                tell_within=settings.webhook_keep,
                on_told=dispatcher.wake,
            )
            inbox = await opened.enter_async_context(inbox_of(settings, pool, follower, registry))
            viewers = await opened.enter_async_context(_viewers(settings, app))
            hub = await opened.enter_async_context(_hub(settings, viewers))
            app.state.service = Service(
                settings, pool, clock, store, inbox, seal, hub, dispatcher.wake
            )
            add_routes(app, _internal(settings, store, relay))
            yield

    async def database() -> None:
        await database_ready(app.state.service.pool, FOLDERS)

    app = create_service(
        NAME,
        settings,
        routers=[
            live_routes.router,
            calendar_routes.router,
            routes.router,
            *webhook_routes.ROUTERS,
        ],
        lifespan=lifespan,
        rejections={
            **STORE_REJECTIONS,
            **INBOX_REJECTIONS,
            **refusals.REJECTIONS,
            **webhook_refusals.REJECTIONS,
        },
        ready=[("database", database)],
        keys=keys_of(settings.poll_api_url),
    )
    return app


async def open_database(settings: Settings) -> Pool:
    """The pool of the service's own database; the caller closes it."""
    return await open_pool(
        settings.database_url.get_secret_value(), NAME, max_size=settings.database_pool_size
    )


def relay_of(settings: Settings, pool: Pool, registry: CollectorRegistry | None = None) -> Relay:
    return Relay(
        pool,
        url=settings.database_url.get_secret_value(),
        bootstrap=settings.kafka_bootstrap_servers,
        security=settings.kafka_security,
        source=SOURCE,
        facts=topics.LIFECYCLE,
        prefix=settings.kafka_topic_prefix,
        registry=registry,
    )


def inbox_of(
    settings: Settings,
    pool: Pool,
    follower: PollFollower,
    registry: CollectorRegistry,
    *,
    consume: bool = True,
) -> Inbox:
    return Inbox(
        pool,
        group=NAME,
        bootstrap=settings.kafka_bootstrap_servers,
        security=settings.kafka_security,
        prefix=settings.kafka_topic_prefix,
        instance_id=settings.instance_id,
        service_token=settings.service_token.get_secret_value(),
        facts=[
            FactSource("polls", topics.POLLS, settings.poll_api_url),
            FactSource("schedules", topics.SCHEDULES, settings.availability_url),
        ],
        apply=follower.take_in,
        on_commit=follower.committed,
        registry=registry,
        consume=consume,
        gather=GATHER_S,
    )


def _sender(settings: Settings, clock: Clock) -> Sender:
    seconds = settings.webhook_timeout.total_seconds()
    return Sender(settings.webhook_targets, clock, total_seconds=seconds)


def _dispatcher(
    settings: Settings, sender: Sender, seal: Seal, clock: Clock, registry: CollectorRegistry
) -> Dispatcher:
    return Dispatcher(
        settings.database_url.get_secret_value(),
        sender,
        seal,
        clock,
        Pace(
            settings.webhook_retry_schedule,
            Limits(settings.webhook_rate, settings.webhook_in_flight),
            disable_after=settings.webhook_disable_after,
        ),
        DeliveryMetrics(registry),
    )


def _retention(settings: Settings) -> Retention:
    return Retention(settings.database_url.get_secret_value(), settings.webhook_keep)


def _timers(
    settings: Settings, relay: Relay, dispatcher: Dispatcher, registry: CollectorRegistry
) -> TimerLoop:
    def fired(_: object) -> None:
        relay.wake()
        dispatcher.wake()

    return TimerLoop(
        settings.database_url.get_secret_value(),
        files("event_lifecycle").joinpath("claim_completions.sql").read_bytes(),
        on_fired=fired,
        set_by=[fact.TYPE for fact in SETTING_TIMERS],
        name="completions",
        registry=registry,
    )


def _store(
    pool: Pool,
    relay: Relay,
    dispatcher: Dispatcher,
    timers: TimerLoop,
    registry: CollectorRegistry,
) -> EventStore:
    def committed(recorded: Sequence[Recorded]) -> None:
        relay.wake()
        dispatcher.wake()
        for due_at in due_times(recorded):
            timers.wake(due_at)

    return EventStore(
        pool,
        source=SOURCE,
        projections=[project_events, announce],
        on_commit=[committed],
        registry=registry,
    )


def _viewers(settings: Settings, app: FastAPI) -> Viewers:
    metrics = StreamMetrics(app.state.metrics)
    return Viewers(
        app.state.draining,
        most=settings.event_stream_viewers,
        present=metrics.viewers,
        refused=metrics.refused,
    )


def _hub(settings: Settings, viewers: Viewers) -> EventHub:
    url = settings.database_url.get_secret_value()
    return EventHub(url, viewers, ping_s=settings.event_stream_ping_seconds)


def _internal(settings: Settings, store: EventStore, relay: Relay) -> APIRouter:
    return owner_router(store, require_service_token(settings), republish=relay.republish)
