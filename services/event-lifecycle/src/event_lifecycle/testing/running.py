"""The service, open, with a client that has verbs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from fastapi import FastAPI
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from contracts.lifecycle import Completion, EventDetails, EventScheduled
from event_lifecycle.handlers import stream_of
from event_lifecycle.main import create_app, open_database
from event_lifecycle.projections import project_events
from event_lifecycle.service import Service
from event_lifecycle.settings import Settings
from event_lifecycle.webhooks.announcing import announce
from eventstore.store import EventStore

ADMIN = "admin-token-of-tests"
SERVICE_TOKEN = "between-services"  # noqa: S105  opens nothing but what tests start
AS_ADMIN = {"authorization": f"Bearer {ADMIN}"}

T = TypeVar("T")


@dataclass
class Running:
    """`client` calls the application in this process; `settings` are those it runs with."""

    app: FastAPI
    settings: Settings
    client: httpx.AsyncClient

    @property
    def service(self) -> Service:
        return self.app.state.service

    async def empties_its_tables(self) -> None:
        """All but the facts: those the service cannot delete.

        Row by row: the service's loops go on meanwhile, and truncating would deadlock with them.
        Endpoints come first, with all that refers to them.
        """
        async with await connect(self.settings) as connection:
            cursor = await connection.execute(
                "select oid::regclass::text from pg_class"
                " where relkind in ('r', 'p') and not relispartition"
                " and relnamespace = 'public'::regnamespace"
                " and relname not in ('schema_migrations', 'events')"
                " order by relname <> 'webhook_endpoints', relname"
            )
            for (table,) in await cursor.fetchall():
                await connection.execute(sql.SQL("delete from {}").format(sql.SQL(table)))

    async def creates(self, **fields: Any) -> dict[str, Any]:
        """An event tomorrow, unless `fields` say otherwise."""
        answer = await self.client.post("/api/v1/events", json=an_event(**fields))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def sees(self, event_id: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self.client.get(f"/api/v1/events/{event_id}", headers=headers or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def status(self, event_id: str) -> str:
        [(status,)] = await self.rows(
            "select status from scheduled_events where event_id = %s", event_id
        )
        return status

    async def registers(self, url: str, *types: str) -> dict[str, Any]:
        """An endpoint, with its secret."""
        answer = await self.client.post(
            "/api/v1/webhooks/endpoints", json={"url": url, "types": types}, headers=AS_ADMIN
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def deliveries(self, **filters: Any) -> list[dict[str, Any]]:
        answer = await self.client.get(
            "/api/v1/webhooks/deliveries", params=filters, headers=AS_ADMIN
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def the_delivery(self, state: str) -> dict[str, Any]:
        """The only delivery, as soon as it is in that state."""

        async def look() -> list[dict[str, Any]]:
            return await self.deliveries(state=state)

        [delivery] = await eventually(look)
        return delivery

    async def tried(self, attempts: int) -> dict[str, Any]:
        """The only delivery, as soon as so many attempts are in its log."""

        async def logged() -> bool:
            [delivery] = await self.deliveries()
            return len(await self.attempts(delivery["id"])) >= attempts

        await eventually(logged)
        [delivery] = await self.deliveries()
        return delivery

    async def attempts(self, delivery: int) -> list[dict[str, Any]]:
        answer = await self.client.get(
            f"/api/v1/webhooks/deliveries/{delivery}/attempts", headers=AS_ADMIN
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def rows(self, statement: str, *parameters: Any) -> list[TupleRow]:
        async with await connect(self.settings) as connection:
            cursor = await connection.execute(statement.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []


@asynccontextmanager
async def run(settings: Settings) -> AsyncGenerator[Running]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield Running(app, settings, client)


async def connect(settings: Settings) -> AsyncConnection[TupleRow]:
    """A connection that fails rather than wait for ever for somebody's lock."""
    url = settings.database_url.get_secret_value()
    return await AsyncConnection.connect(url, autocommit=True, options="-c lock_timeout=5s")


def an_event(**fields: Any) -> dict[str, Any]:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    return {
        "title": "Planning",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=1)).isoformat(),
        **fields,
    }


async def eventually(look: Callable[[], Awaitable[T]], within: float = 20.0) -> T:
    """What `look` returns as soon as it is truthy; fails after `within` seconds."""
    deadline = monotonic() + within
    while not (seen := await look()):
        assert monotonic() < deadline, f"still {seen!r}"
        await asyncio.sleep(0.02)
    return seen


async def append_an_event(settings: Settings) -> None:
    """As the service does it, in a process that sends nothing."""
    now, event_id = datetime.now(UTC), uuid4()
    details = EventDetails(
        title="Planning",
        starts_at=now + timedelta(days=1),
        timezone="UTC",
        completion=Completion(mode="manual"),
        due_at=None,
    )
    fact = EventScheduled(event_id=event_id, details=details, scheduled_at=now)
    pool = await open_database(settings)
    store = EventStore(pool, source="test", projections=[project_events, announce])
    async with pool, store:
        await store.append(stream_of(event_id), 0, [fact], key=str(event_id))
