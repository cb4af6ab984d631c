"""Puts poll-api together: reads as a table of contents, imports do nothing."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from random import Random
from typing import NoReturn

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from chassis.application import add_routes, create_service
from chassis.clock import Clock, utc_now
from chassis.database import Pool, database_ready, open_pool
from chassis.internal import require_service_token
from chassis.pool_metrics import show_pool
from chassis.tasks import end
from contracts import topics
from contracts.recommendations import PollRecommendations
from eventstore.edge import REJECTIONS as STORE_REJECTIONS
from eventstore.owner_routes import owner_router
from eventstore.recorded import Recorded
from eventstore.relay import Relay
from eventstore.store import EventStore
from inbox.edge import REJECTIONS as INBOX_REJECTIONS
from inbox.inbox import Inbox
from inbox.sources import Connection, FactSource, ReceivedState, StateSource
from inbox.state_door import ApplyStates
from poll_api import consumers, projections, routes
from poll_api.accounts import routes as account_routes
from poll_api.accounts import service as accounts
from poll_api.accounts.signing import signer_of
from poll_api.automatic import AutomaticDecisions
from poll_api.feeds import leading
from poll_api.feeds.routes import router as feeds_router
from poll_api.migrations import FOLDERS
from poll_api.retention import retention_of, retire_for_ever
from poll_api.service import Service, service_in
from poll_api.settings import Settings
from poll_api.visits import SCHEDULES
from timers.loop import TimerLoop

NAME = "poll-api"
SOURCE = f"/commontime/{NAME}"
# Schedules, most of what comes in, are of no interest here: better taken in together.
GATHER_S = 0.05


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The whole service; nothing is opened before its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as opened:
            pool = await open_database(settings)
            opened.push_async_callback(pool.close)
            show_pool(pool, app.state.metrics)
            relay = await opened.enter_async_context(_relay(settings, pool, app.state.metrics))
            timers = await opened.enter_async_context(_timers(settings, relay, app.state.metrics))
            store = await opened.enter_async_context(_store(pool, relay, timers, app.state.metrics))
            app.state.accounts = await opened.enter_async_context(
                accounts.opened(settings, pool, store, clock)
            )
            inbox = await opened.enter_async_context(
                inbox_of(settings, pool, app.state.metrics, AutomaticDecisions(store))
            )
            app.state.service = Service(settings.public_url, pool, store, inbox, clock)
            retiring = asyncio.create_task(
                _retiring(settings, app.state.service, app.state.metrics), name="erase old polls"
            )
            opened.push_async_callback(end, retiring)
            guard = require_service_token(settings)
            add_routes(app, owner_router(store, guard, republish=relay.republish))
            yield

    async def database() -> None:
        await database_ready(service_in(app).pool, FOLDERS)

    app = create_service(
        NAME,
        settings,
        routers=[*routes.ROUTERS, feeds_router, *account_routes.ROUTERS],
        lifespan=lifespan,
        rejections={**STORE_REJECTIONS, **INBOX_REJECTIONS, **routes.REJECTIONS},
        ready=[("database", database)],
        keys=signer_of(settings).keys,
    )
    return app


async def open_database(settings: Settings) -> Pool:
    url = settings.database_url.get_secret_value()
    return await open_pool(url, NAME, max_size=settings.database_pool_size)


def _relay(settings: Settings, pool: Pool, registry: CollectorRegistry) -> Relay:
    return Relay(
        pool,
        url=settings.database_url.get_secret_value(),
        bootstrap=settings.kafka_bootstrap_servers,
        security=settings.kafka_security,
        source=SOURCE,
        facts=topics.POLLS,
        prefix=settings.kafka_topic_prefix,
        registry=registry,
    )


def inbox_of(
    settings: Settings,
    pool: Pool,
    registry: CollectorRegistry,
    automatic: AutomaticDecisions | None = None,
) -> Inbox:
    """Without `automatic` decisions it consumes nothing: for a command that only rebuilds."""
    return Inbox(
        pool,
        group=NAME,
        bootstrap=settings.kafka_bootstrap_servers,
        security=settings.kafka_security,
        prefix=settings.kafka_topic_prefix,
        instance_id=settings.instance_id,
        service_token=settings.service_token.get_secret_value(),
        facts=[FactSource(SCHEDULES, topics.SCHEDULES, settings.availability_url)],
        apply=consumers.take_in,
        states=[_recommendations(settings)] if automatic else [],
        apply_states=automatic and _states_into(automatic),
        registry=registry,
        consume=automatic is not None,
        gather=GATHER_S,
    )


def _states_into(automatic: AutomaticDecisions) -> ApplyStates:
    async def take_in(connection: Connection, received: Sequence[ReceivedState]) -> None:
        # It takes keys first: the order in which everybody takes locks.
        await automatic.take_in(connection, received)
        await leading.take_in(connection, received)

    return take_in


def _recommendations(settings: Settings) -> StateSource:
    return StateSource(topics.RECOMMENDATIONS, PollRecommendations, settings.recommender_url)


async def _retiring(settings: Settings, service: Service, registry: CollectorRegistry) -> NoReturn:
    url = settings.database_url.get_secret_value()
    retention = retention_of(service, url, settings.poll_retention_days, registry)
    await retire_for_ever(retention, Random())  # noqa: S311  # spreads load, keeps no secret


def _timers(settings: Settings, relay: Relay, registry: CollectorRegistry) -> TimerLoop:
    return TimerLoop(
        settings.database_url.get_secret_value(),
        files("poll_api").joinpath("claim_deadlines.sql").read_bytes(),
        on_fired=lambda _: relay.wake(),
        set_by=[fact.TYPE for fact in projections.SETTING_DEADLINES],
        name=f"{NAME} deadlines",
        registry=registry,
    )


def _store(pool: Pool, relay: Relay, timers: TimerLoop, registry: CollectorRegistry) -> EventStore:
    def wake_timers(recorded: Sequence[Recorded]) -> None:
        for deadline in projections.deadlines_in(recorded):
            timers.wake(deadline)

    return EventStore(
        pool,
        source=SOURCE,
        projections=[projections.project_polls],
        on_commit=[lambda _: relay.wake(), wake_timers],
        registry=registry,
    )
