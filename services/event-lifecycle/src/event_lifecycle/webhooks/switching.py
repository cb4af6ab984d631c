"""Endpoints switched on and off by hand; either may be asked for again and again."""

from functools import partial
from uuid import UUID

from fastapi import Request, Response

from chassis.named_sql import load
from event_lifecycle.service import Service
from event_lifecycle.webhooks.announcing import tell_disabled
from event_lifecycle.webhooks.answers import answer
from event_lifecycle.webhooks.endpoints import endpoint_on, lock_endpoint
from event_lifecycle.webhooks.owners import Owner
from event_lifecycle.webhooks.repeating import answered_once, subject_of
from event_lifecycle.webhooks.retention import bury_of_disabled
from eventstore.once import Connection
from eventstore.sealing import Answer

_SQL = load("event_lifecycle.webhooks")


async def enable(service: Service, request: Request, owner: Owner, endpoint_id: UUID) -> Response:
    """Also what is known of former failures is forgotten. Raises `UnknownEndpoint`."""
    work = partial(_enable, owner, endpoint_id)
    return await answered_once(service, request, subject_of(endpoint_id), work)


async def disable(service: Service, request: Request, owner: Owner, endpoint_id: UUID) -> Response:
    """Its open deliveries become dead letters. Raises `UnknownEndpoint`."""
    work = partial(_disable, owner, endpoint_id)
    response = await answered_once(service, request, subject_of(endpoint_id), work)
    # What a crash leaves here is buried by the service's upkeep.
    async with service.pool.connection() as connection:
        await bury_of_disabled(connection)
    return response


async def _enable(owner: Owner, endpoint_id: UUID, connection: Connection) -> Answer:
    await lock_endpoint(connection, endpoint_id, owner)
    await connection.execute(_SQL["enable_endpoint"], {"id": endpoint_id})
    return answer(await endpoint_on(connection, endpoint_id, owner))


async def _disable(owner: Owner, endpoint_id: UUID, connection: Connection) -> Answer:
    locked = await lock_endpoint(connection, endpoint_id, owner)
    if locked.state == "enabled":
        await connection.execute(_SQL["disable_endpoint"], {"id": endpoint_id})
        await tell_disabled(connection, [endpoint_id])
    return answer(await endpoint_on(connection, endpoint_id, owner))
