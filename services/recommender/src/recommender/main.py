"""Puts recommender together: reads as a table of contents, imports do nothing."""

from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from chassis.application import add_routes, create_service
from chassis.database import Pool, database_ready, open_pool
from chassis.internal import require_service_token
from chassis.live.viewers import Viewers
from chassis.pool_metrics import show_pool
from chassis.trusted_issuers import keys_of
from contracts import topics
from contracts.schedules import ParticipantProfile
from eventstore.relay import Relay
from eventstore.state_routes import state_router
from inbox.edge import REJECTIONS
from inbox.inbox import Inbox
from inbox.sources import Connection, FactSource, StateSource
from recommender import consumers
from recommender.answers import Answers
from recommender.emissions import Emitter, mark_due
from recommender.emitted import Emitted
from recommender.entries import Entries
from recommender.feed import Feed, announce_keys
from recommender.live.hub import Hub
from recommender.live.metrics import LiveMetrics
from recommender.live.sight import Sight
from recommender.migrations import FOLDERS
from recommender.routes import ROUTERS
from recommender.service import Service
from recommender.settings import Settings
from recommender.visibility import Visibility
from recommender.work import ClientGone, Overloaded, nobody_to_answer

NAME = "recommender"
SOURCE = f"/commontime/{NAME}"


def create_app(settings: Settings) -> FastAPI:
    """The whole service; nothing is opened before its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as opened:
            pool = await open_database(settings)
            opened.push_async_callback(pool.close)
            show_pool(pool, app.state.metrics)
            feed = Feed(settings.database_url.get_secret_value())
            inbox = inbox_of(settings, pool, app.state.metrics, feed)
            entries = Entries(pool, feed, settings.poll_cache_bytes)
            answers = _answers(settings, pool)
            metrics = LiveMetrics(app.state.metrics)
            viewers = _viewers(settings, app, metrics)
            sight = Sight(pool, entries, answers, settings.regret_people)
            hub = Hub(sight, viewers, metrics, ping_s=settings.stream_ping_seconds)
            relay = await opened.enter_async_context(_relay(settings, pool, app.state.metrics))
            emitter = Emitter(
                pool,
                entries,
                answers,
                relay.wake,
                app.state.metrics,
                regret_people=settings.regret_people,
            )
            for subscriber in (hub.changed, emitter.changed):
                feed.subscribe(subscriber)  # after the entries, so that none of them is old
            feed.subscribe_to_erasures(answers.forget)
            add_routes(app, _internal(settings, Emitted(pool)))
            app.state.service = Service(pool, inbox, entries, answers, feed, hub)
            for each in (feed, inbox, emitter, viewers):
                await opened.enter_async_context(each)
            yield

    async def database() -> None:
        await database_ready(app.state.service.pool, FOLDERS)

    app = create_service(
        NAME,
        settings,
        routers=ROUTERS,
        lifespan=lifespan,
        rejections={**REJECTIONS, Overloaded: "overloaded"},
        ready=[("database", database)],
        keys=keys_of(settings.poll_api_url),
    )
    app.add_exception_handler(ClientGone, nobody_to_answer)
    return app


async def open_database(settings: Settings) -> Pool:
    return await open_pool(
        settings.database_url.get_secret_value(), NAME, max_size=settings.database_pool_size
    )


def inbox_of(
    settings: Settings, pool: Pool, registry: CollectorRegistry, feed: Feed | None = None
) -> Inbox:
    """Without a `feed` it consumes nothing: for a command that only asks or rebuilds."""
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
        states=[StateSource(topics.PARTICIPANTS, ParticipantProfile, settings.availability_url)],
        apply=consumers.take_in,
        apply_states=consumers.take_in_profiles,
        moving=_moving,
        on_commit=None if feed is None else feed.committed,
        taken=Visibility(registry).taken,
        registry=registry,
        consume=feed is not None,
    )


async def _moving(conn: Connection, keys: Collection[str]) -> None:
    await mark_due(conn, keys)
    await announce_keys(conn, keys)


def _viewers(settings: Settings, app: FastAPI, metrics: LiveMetrics) -> Viewers:
    return Viewers(
        app.state.draining,
        most=settings.stream_viewers,
        present=metrics.viewers,
        refused=metrics.refused,
    )


def _relay(settings: Settings, pool: Pool, registry: CollectorRegistry) -> Relay:
    return Relay(
        pool,
        url=settings.database_url.get_secret_value(),
        bootstrap=settings.kafka_bootstrap_servers,
        security=settings.kafka_security,
        source=SOURCE,
        facts=None,
        states={topics.RECOMMENDATIONS: Emitted(pool).after},
        prefix=settings.kafka_topic_prefix,
        registry=registry,
    )


def _internal(settings: Settings, emitted: Emitted) -> APIRouter:
    return state_router(
        require_service_token(settings),
        {topics.RECOMMENDATIONS.name: emitted.after},
        emitted.republish,
    )


def _answers(settings: Settings, pool: Pool) -> Answers:
    return Answers(
        pool,
        index_bytes=settings.index_cache_bytes,
        answer_bytes=settings.answer_cache_bytes,
    )
