"""Dispatchers by themselves: on a database with endpoints and what they are to be told."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import connect
from event_lifecycle.webhooks.breaker import Tolerance
from event_lifecycle.webhooks.dispatcher import Dispatcher, Pace
from event_lifecycle.webhooks.metrics import DeliveryMetrics
from event_lifecycle.webhooks.pacing import Limits
from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.sender import Sender

SOON = timedelta(milliseconds=30)
HASTY = Tolerance(first=timedelta(milliseconds=300), longest=timedelta(seconds=1))

_ENDPOINT = """
insert into webhook_endpoints (id, kind, url, types, state)
values (%s, 'webhook', %s, '{event.created}', 'enabled')
"""
_TELL = """
with told as (
    select s.subject, s.nth from unnest(%s::text[]) with ordinality as s (subject, nth)
),

messages as (
    insert into webhook_messages (fact_id, kind, type, subject, body, created_at)
    select
        gen_random_uuid(), 'webhook', 'event.created', subject,
        convert_to(json_build_object('subject', subject, 'nth', nth)::text, 'UTF8'), now()
    from told order by nth
    returning n, subject, created_at
)

insert into webhook_deliveries (message, endpoint, subject, next_at, created_at)
select n, %s, subject, created_at, created_at from messages order by n
"""


@dataclass
class Desk:
    """`registry` has the metrics of the last dispatcher."""

    settings: Settings
    connection: AsyncConnection[TupleRow]
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    async def endpoint(self, url: str, **columns: Any) -> UUID:
        endpoint = uuid4()
        await self.rows(_ENDPOINT, endpoint, url)
        await self.change(endpoint, **columns)
        return endpoint

    async def change(self, endpoint: UUID, **columns: Any) -> None:
        for column, value in columns.items():
            statement = sql.SQL("update webhook_endpoints set {} = %s where id = %s")
            await self.connection.execute(
                statement.format(sql.Identifier(column)), (value, endpoint)
            )

    async def tells(self, endpoint: UUID, *subjects: str) -> None:
        """One message about each, due now, in this order."""
        await self.rows(_TELL, list(subjects), endpoint)

    async def states(self, endpoint: UUID) -> list[tuple[str, int]]:
        """State and attempts of its deliveries, in their order."""
        rows = await self.rows(
            "select state, attempts from webhook_deliveries where endpoint = %s order by id",
            endpoint,
        )
        return [(state, attempts) for state, attempts in rows]

    async def all_are(self, endpoint: UUID, state: str) -> bool:
        return all(one == state for one, _ in await self.states(endpoint))

    async def column(self, endpoint: UUID, column: str) -> Any:
        statement = sql.SQL("select {} from webhook_endpoints where id = %s")
        cursor = await self.connection.execute(
            statement.format(sql.Identifier(column)), (endpoint,)
        )
        [(value,)] = await cursor.fetchall()
        return value

    async def rows(self, statement: str, *parameters: Any) -> list[TupleRow]:
        cursor = await self.connection.execute(statement.encode(), parameters)
        return await cursor.fetchall() if cursor.description else []

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"commontime_webhook_{name}", labels) or 0.0

    @asynccontextmanager
    async def dispatcher(
        self,
        schedule: Sequence[timedelta] = (SOON,) * 3,
        *,
        rate: int = 10_000,
        in_flight: int = 10,
        tolerance: Tolerance = HASTY,
        timeout_s: float = 5.0,
        **pace: Any,
    ) -> AsyncGenerator[Dispatcher]:
        self.registry = CollectorRegistry()
        key = self.settings.encryption_key.get_secret_value()
        rules = self.settings.webhook_targets
        async with (
            Sender(rules, lambda: datetime.now(UTC), total_seconds=timeout_s) as sender,
            Dispatcher(
                self.settings.database_url.get_secret_value(),
                sender,
                Seal(key),
                lambda: datetime.now(UTC),
                Pace(schedule, Limits(rate, in_flight, tolerance), **pace),
                DeliveryMetrics(self.registry),
                rng=Random(1),  # noqa: S311  # spreads retries, keeps no secret
            ) as dispatcher,
        ):
            yield dispatcher


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncGenerator[Desk]:
    async with await connect(settings) as connection:
        yield Desk(settings, connection)
