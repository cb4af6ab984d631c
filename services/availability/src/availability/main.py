"""Puts availability together: reads as a table of contents, imports do nothing."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from availability import consumers, profiles, projections, routes, schedule_routes
from availability.calendars import workers
from availability.calendars.routes import MEDIA
from availability.calendars.routes import router as calendars_router
from availability.erasing import refuse_erased
from availability.migrations import FOLDERS
from availability.service import Service
from availability.settings import Settings
from chassis.application import add_routes, create_service
from chassis.database import Pool, database_ready, open_pool
from chassis.internal import require_service_token
from chassis.pool_metrics import show_pool
from chassis.trusted_issuers import keys_of
from contracts import topics
from eventstore.edge import REJECTIONS as STORE_REJECTIONS
from eventstore.owner_routes import owner_router
from eventstore.relay import Relay
from eventstore.store import EventStore
from inbox.edge import REJECTIONS as INBOX_REJECTIONS
from inbox.inbox import Inbox
from inbox.sources import FactSource

NAME = "availability"
SOURCE = f"/commontime/{NAME}"


def create_app(settings: Settings) -> FastAPI:
    """The whole service; nothing is opened before its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as opened:
            pool = await open_database(settings)
            opened.push_async_callback(pool.close)
            show_pool(pool, app.state.metrics)
            relay = await opened.enter_async_context(_relay(settings, pool, app.state.metrics))
            store = await opened.enter_async_context(_store(pool, relay, app.state.metrics))
            inbox = await opened.enter_async_context(inbox_of(settings, pool, app.state.metrics))
            add_routes(
                app,
                owner_router(
                    store,
                    require_service_token(settings),
                    states={topics.PARTICIPANTS.name: partial(profiles.current, pool)},
                    republish=relay.republish,
                ),
            )
            app.state.calendar_workers = await opened.enter_async_context(
                workers.opened(settings.calendar_workers, settings.calendar_timeout_s)
            )
            app.state.service = Service(settings, pool, store, inbox)
            yield

    async def database() -> None:
        await database_ready(app.state.service.pool, FOLDERS)

    app = create_service(
        NAME,
        settings,
        routers=[routes.router, schedule_routes.router, calendars_router],
        lifespan=lifespan,
        rejections={**STORE_REJECTIONS, **INBOX_REJECTIONS, **routes.REJECTIONS},
        ready=[("database", database)],
        other_media={"/schedule/import": MEDIA},
        keys=keys_of(settings.poll_api_url),
    )
    return app


async def open_database(settings: Settings) -> Pool:
    return await open_pool(
        settings.database_url.get_secret_value(), NAME, max_size=settings.database_pool_size
    )


def inbox_of(
    settings: Settings, pool: Pool, registry: CollectorRegistry, *, consume: bool = True
) -> Inbox:
    return Inbox(
        pool,
        group=NAME,
        bootstrap=settings.kafka_bootstrap_servers,
        security=settings.kafka_security,
        prefix=settings.kafka_topic_prefix,
        instance_id=settings.instance_id,
        service_token=settings.service_token.get_secret_value(),
        facts=[FactSource("polls", topics.POLLS, settings.poll_api_url)],
        apply=consumers.take_in,
        registry=registry,
        consume=consume,
    )


def _store(pool: Pool, relay: Relay, registry: CollectorRegistry) -> EventStore:
    return EventStore(
        pool,
        source=SOURCE,
        projections=[refuse_erased, projections.project],
        on_commit=[lambda _: relay.wake()],
        registry=registry,
    )


def _relay(settings: Settings, pool: Pool, registry: CollectorRegistry) -> Relay:
    return Relay(
        pool,
        url=settings.database_url.get_secret_value(),
        bootstrap=settings.kafka_bootstrap_servers,
        security=settings.kafka_security,
        source=SOURCE,
        facts=topics.SCHEDULES,
        states={topics.PARTICIPANTS: partial(profiles.current, pool)},
        prefix=settings.kafka_topic_prefix,
        registry=registry,
    )
