"""Messages sent again under their ids: one delivery, or what a span of time holds."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from fastapi import Request, Response

from chassis.database import Pool
from chassis.named_sql import load
from event_lifecycle.service import Service
from event_lifecycle.webhooks.announcing import tell_test
from event_lifecycle.webhooks.delivery_bodies import Recovered
from event_lifecycle.webhooks.delivery_log import delivery_on
from event_lifecycle.webhooks.endpoints import lock_endpoint, read_endpoint
from event_lifecycle.webhooks.owners import Owner
from event_lifecycle.webhooks.refusals import EndpointDisabled, UnknownDelivery
from event_lifecycle.webhooks.repeating import answered_once, subject_of
from eventstore.once import Connection
from eventstore.sealing import Answer

_SQL = load("event_lifecycle.webhooks", "recovery.sql")
_AT_ONCE = 5_000
"""Rows looked at in one statement, so that nobody waits long for one of them."""


@dataclass(frozen=True)
class Span:
    """Messages made in it, both ends included; `all_` takes those that arrived, too."""

    since: datetime
    until: datetime
    all_: bool


async def recover(
    service: Service, request: Request, owner: Owner, endpoint_id: UUID, span: Span
) -> Response:
    """Raises `UnknownEndpoint`, `EndpointDisabled`."""
    queued = 0

    async def queue() -> None:
        nonlocal queued
        endpoint = await read_endpoint(service.pool, endpoint_id, owner)
        if endpoint.state == "disabled":
            raise EndpointDisabled
        queued = await _queue(service.pool, endpoint_id, span)

    async def told(_: Connection) -> Answer:
        recovered = Recovered(since=span.since, until=span.until, queued=queued)
        return Answer(200, recovered.model_dump_json().encode())

    subject = subject_of(endpoint_id)
    response = await answered_once(service, request, subject, told, before=queue)
    service.wake_dispatcher()
    return response


async def test(service: Service, request: Request, owner: Owner, endpoint_id: UUID) -> Response:
    """Raises `UnknownEndpoint`, `EndpointDisabled`."""
    work = partial(_test, owner, endpoint_id)
    response = await answered_once(service, request, subject_of(endpoint_id), work)
    service.wake_dispatcher()
    return response


async def retry(service: Service, request: Request, owner: Owner, delivery_id: int) -> Response:
    """Raises `UnknownDelivery`, `EndpointDisabled`."""
    work = partial(_retry, owner, delivery_id)
    response = await answered_once(service, request, f"webhook_delivery-{delivery_id}", work)
    service.wake_dispatcher()
    return response


async def _queue(pool: Pool, endpoint_id: UUID, span: Span) -> int:
    queued, after = 0, (datetime.min.replace(tzinfo=UTC), 0)
    while True:
        parameters = {
            "endpoint": endpoint_id,
            "since": span.since,
            "until": span.until,
            "all": span.all_,
            "after_at": after[0],
            "after_id": after[1],
            "most": _AT_ONCE,
        }
        async with pool.connection() as connection:
            cursor = await connection.execute(_SQL["requeue_some"], parameters)
            row = await cursor.fetchone()
        if row is None:
            return queued
        queued, after = queued + row[0], (row[1], row[2])


async def _test(owner: Owner, endpoint_id: UUID, connection: Connection) -> Answer:
    locked = await lock_endpoint(connection, endpoint_id, owner)
    if locked.state == "disabled":
        raise EndpointDisabled
    delivery_id = await tell_test(connection, endpoint_id)
    return await _accepted(connection, delivery_id, owner)


async def _retry(owner: Owner, delivery_id: int, connection: Connection) -> Answer:
    wanted = {"id": delivery_id, **owner.wanted}
    cursor = await connection.execute(_SQL["lock_delivery"], wanted)
    row = await cursor.fetchone()
    if row is None:
        raise UnknownDelivery
    state, disabled, under_way = row
    if disabled:
        raise EndpointDisabled
    if state != "pending":
        await connection.execute(_SQL["requeue_delivery"], {"id": delivery_id})
    elif not under_way:
        await connection.execute(_SQL["hurry_delivery"], {"id": delivery_id})
    return await _accepted(connection, delivery_id, owner)


async def _accepted(connection: Connection, delivery_id: int, owner: Owner) -> Answer:
    delivery = await delivery_on(connection, delivery_id, owner)
    headers = {"Location": f"/api/v1/webhooks/deliveries/{delivery_id}"}
    return Answer(202, delivery.model_dump_json().encode(), headers)
