"""Who is told: endpoints and their deliveries as their owner sees them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import TupleRow, class_row

from chassis.database import Pool
from chassis.identifiers import uuid7
from chassis.named_sql import load
from event_lifecycle.webhooks.bodies import (
    AttemptList,
    DeliveryAttempt,
    DeliveryPage,
    Endpoint,
    EndpointPage,
    delivery,
)

_SQL = load("event_lifecycle.webhooks")


@dataclass(frozen=True)
class DeliveryFilter:
    """What of the log is wanted; `after` is the last delivery of the page before."""

    endpoint: UUID | None
    state: str | None
    type: str | None
    after: int | None
    limit: int


async def set_integration(pool: Pool, url: str | None) -> None:
    """Have the partner of the setting NOTIFY_URL, and no other; replicas may do so at once."""
    async with pool.connection() as connection:
        if url is None:
            await connection.execute(_SQL["drop_integration"])
        else:
            await connection.execute(_SQL["set_integration"], {"id": uuid7(), "url": url})


async def read_endpoint(pool: Pool, endpoint_id: UUID) -> Endpoint | None:
    rows = await _endpoints(pool, "one_endpoint", id=endpoint_id)
    return rows[0] if rows else None


async def read_endpoints(pool: Pool, after: UUID | None, limit: int) -> EndpointPage:
    rows = await _endpoints(pool, "list_endpoints", after=after, limit=limit + 1)
    page = rows[:limit]
    return EndpointPage(items=tuple(page), next=page[-1].id if len(rows) > limit else None)


async def delete_endpoint(pool: Pool, endpoint_id: UUID, version: int | None) -> bool:
    """Delete it with its log, if it is at `version`; whether it was."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            _SQL["delete_endpoint"], {"id": endpoint_id, "version": version}
        )
        return cursor.rowcount == 1


async def read_deliveries(pool: Pool, wanted: DeliveryFilter) -> DeliveryPage:
    rows = await _rows(
        pool,
        "list_deliveries",
        endpoint=wanted.endpoint,
        state=wanted.state,
        type=wanted.type,
        after=wanted.after,
        limit=wanted.limit + 1,
    )
    page = [delivery(*row) for row in rows[: wanted.limit]]
    more = len(rows) > wanted.limit
    return DeliveryPage(items=tuple(page), next=page[-1].id if more else None)


async def read_attempts(pool: Pool, delivery_id: int) -> AttemptList | None:
    """None for a delivery that does not exist."""
    if not await _rows(pool, "delivery_exists", delivery=delivery_id):
        return None
    async with (
        pool.connection() as connection,
        connection.cursor(row_factory=class_row(DeliveryAttempt)) as cursor,
    ):
        await cursor.execute(_SQL["list_attempts"], {"delivery": delivery_id})
        return AttemptList(items=tuple(await cursor.fetchall()))


async def _endpoints(pool: Pool, statement: str, **parameters: Any) -> list[Endpoint]:
    async with (
        pool.connection() as connection,
        connection.cursor(row_factory=class_row(Endpoint)) as cursor,
    ):
        await cursor.execute(_SQL[statement], parameters)
        return await cursor.fetchall()


async def _rows(pool: Pool, statement: str, **parameters: Any) -> list[TupleRow]:
    async with pool.connection() as connection:
        cursor = await connection.execute(_SQL[statement], parameters)
        return await cursor.fetchall()
