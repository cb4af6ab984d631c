"""Against the routes that services really have, over a real event store."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Request
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from contracts import topics
from contracts.schedules import ParticipantProfile
from eventstore.migrations import FOLDER
from eventstore.outgoing_states import CurrentState
from eventstore.owner_routes import owner_router
from eventstore.store import EventStore
from inbox.inbox import Pace
from inbox.sources import Pool
from inbox.testing.messages import Topics
from inbox.testing.owner import TOKEN, envelope_of, fact_of
from inbox.testing.service import Services, until

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]


async def only_services(request: Request) -> None:
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


@asynccontextmanager
async def event_store(url: str) -> AsyncGenerator[EventStore, None]:
    kind = AsyncConnection[TupleRow]
    options = {"autocommit": True}
    opened: Pool = AsyncConnectionPool(url, connection_class=kind, kwargs=options, open=False)
    async with opened as pool, EventStore(pool, source="/commontime/poll-api") as store:
        yield store


@asynccontextmanager
async def served(app: FastAPI) -> AsyncGenerator[str, None]:
    """The app's address, while it is served."""
    config = uvicorn.Config(app, port=0, log_config=None, ws="none", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    with suppress(asyncio.CancelledError):
        await serving


async def test_what_kafka_lost_comes_from_the_event_store(
    services: Services, template_database: TemplateDatabase, new_database: NewDatabase
) -> None:
    keys = sorted(str(uuid4()) for _ in range(3))

    async def profiles(after_key: str, _limit: int) -> list[CurrentState]:
        profile = ParticipantProfile(version=1, poll_id=uuid4(), participant_id=uuid4(), name="Ann")
        return [] if after_key else [CurrentState("ann", profile.version, profile)]

    url = new_database(template_database("eventstore", FOLDER))
    async with event_store(url) as store:
        app = FastAPI()
        states = {topics.PARTICIPANTS.name: profiles}
        app.include_router(owner_router(store, only_services, states=states))
        for key in keys:
            facts = [fact_of(key, n) for n in range(1, 1203)]
            await store.append(f"poll-{key}", 0, facts, key=key)
        async with served(app) as services.owner.url, services.run() as service:
            assert await service.inbox.at_least("polls", keys[0], 1202) == 1202
            assert not await service.inbox.ask("polls", str(uuid4()))
            await service.inbox.rebuild(["effects", "profiles"])
            for key in keys:
                assert await service.effects(key) == list(range(1, 1203))
            assert await service.rows("select name from profiles") == [("Ann",)]


async def test_a_forged_fact_gives_way_to_the_one_in_the_event_store(
    services: Services,
    topic: Topics,
    key: str,
    template_database: TemplateDatabase,
    new_database: NewDatabase,
) -> None:
    url = new_database(template_database("eventstore", FOLDER))
    often = Pace(interval=timedelta(milliseconds=100))
    forged = replace(envelope_of(key, 2), type="commontime.poll.closed.v9")
    async with event_store(url) as store:
        app = FastAPI()
        app.include_router(owner_router(store, only_services))
        await store.append(f"poll-{key}", 0, [fact_of(key, 1)], key=key)
        async with served(app) as services.owner.url, services.run(pace=often) as service:
            await service.applied(key, 1, 30)
            await topic.send(forged)
            await topic.dead_letters()
            await store.append(f"poll-{key}", 1, [fact_of(key, 2)], key=key)
            await service.applied(key, 2, 30)
            assert await service.effects(key) == [1, 2]
            assert await service.rows("select * from parked") == []
            assert len(await topic.dead_letters()) == 1
