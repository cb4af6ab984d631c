"""Puts recommender together: reads as a table of contents, imports do nothing."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from chassis.application import create_service
from chassis.database import Pool, database_ready, open_pool
from contracts import topics
from contracts.schedules import ParticipantProfile
from inbox.edge import REJECTIONS
from inbox.inbox import Inbox
from inbox.sources import FactSource, StateSource
from recommender import consumers
from recommender.answers import Answers
from recommender.entries import Entries
from recommender.feed import Feed, announce_keys
from recommender.migrations import FOLDERS
from recommender.routes import ROUTERS
from recommender.service import Service
from recommender.settings import Settings
from recommender.work import ClientGone, Overloaded, nobody_to_answer

NAME = "recommender"


def create_app(settings: Settings) -> FastAPI:
    """The whole service; nothing is opened before its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as opened:
            pool = await open_database(settings)
            opened.push_async_callback(pool.close)
            feed = Feed(settings.database_url.get_secret_value())
            inbox = inbox_of(settings, pool, app.state.metrics, feed)
            entries = Entries(pool, feed, settings.poll_cache_bytes)
            app.state.service = Service(pool, inbox, entries, _answers(settings, pool), feed)
            await opened.enter_async_context(feed)
            await opened.enter_async_context(inbox)
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
        moving=announce_keys,
        on_commit=None if feed is None else feed.committed,
        registry=registry,
        consume=feed is not None,
    )


def _answers(settings: Settings, pool: Pool) -> Answers:
    return Answers(
        pool,
        index_bytes=settings.index_cache_bytes,
        answer_bytes=settings.answer_cache_bytes,
    )
