"""What was sent to whom, and what came of it, as an endpoint's owner sees it."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import class_row, dict_row

from chassis.database import Pool
from chassis.named_sql import load
from event_lifecycle.webhooks.delivery_bodies import (
    AttemptList,
    Delivery,
    DeliveryAttempt,
    DeliveryPage,
)
from event_lifecycle.webhooks.owners import Owner
from event_lifecycle.webhooks.refusals import UnknownDelivery
from event_lifecycle.webhooks.signing import message_id, steady_headers
from eventstore.once import Connection

_SQL = load("event_lifecycle.webhooks", "log.sql")


@dataclass(frozen=True)
class DeliveryFilter:
    """What of the log is wanted; `after` is the last delivery of the page before."""

    endpoint: UUID | None
    state: str | None
    type: str | None
    subject: str | None
    after: int | None
    limit: int


async def read_deliveries(pool: Pool, owner: Owner, wanted: DeliveryFilter) -> DeliveryPage:
    statement = "list_deliveries" if owner.admin else "list_deliveries_of"
    parameters = {**asdict(wanted), **owner.wanted, "limit": wanted.limit + 1}
    async with pool.connection() as connection:
        rows = await _rows(connection, statement, parameters)
    page = [_delivery(row) for row in rows[: wanted.limit]]
    more = len(rows) > wanted.limit
    return DeliveryPage(items=tuple(page), next=page[-1].id if more else None)


async def read_delivery(pool: Pool, delivery_id: int, owner: Owner) -> Delivery:
    """Raises `UnknownDelivery`."""
    async with pool.connection() as connection:
        return await delivery_on(connection, delivery_id, owner)


async def delivery_on(connection: Connection, delivery_id: int, owner: Owner) -> Delivery:
    """As it is within the transaction. Raises `UnknownDelivery`."""
    wanted = {"id": delivery_id, **owner.wanted}
    rows = await _rows(connection, "one_delivery", wanted)
    if not rows:
        raise UnknownDelivery
    return _delivery(rows[0])


async def read_attempts(pool: Pool, delivery_id: int, owner: Owner) -> AttemptList:
    """Raises `UnknownDelivery`."""
    await read_delivery(pool, delivery_id, owner)
    async with (
        pool.connection() as connection,
        connection.cursor(row_factory=class_row(DeliveryAttempt)) as cursor,
    ):
        await cursor.execute(_SQL["list_attempts"], {"id": delivery_id})
        return AttemptList(items=tuple(await cursor.fetchall()))


def _delivery(row: dict[str, Any]) -> Delivery:
    message = message_id(row["message"])
    return Delivery.model_validate(
        {
            **row,
            "message": message,
            "headers": steady_headers(message),
            "body": row["body"].decode(),
        }
    )


async def _rows(
    connection: Connection, statement: str, parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SQL[statement], parameters)
        return await cursor.fetchall()
