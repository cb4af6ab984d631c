"""New secrets: an endpoint gets its first, or another. The answer alone shows it."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from fastapi import Request, Response

from chassis.identifiers import uuid7
from chassis.named_sql import load
from event_lifecycle.service import Service
from event_lifecycle.webhooks.answers import answer_with_secret
from event_lifecycle.webhooks.bodies import EndpointBody
from event_lifecycle.webhooks.endpoints import endpoint_on, lock_endpoint
from event_lifecycle.webhooks.owners import Owner
from event_lifecycle.webhooks.refusals import TooManyEndpoints
from event_lifecycle.webhooks.repeating import answered_once, subject_of
from event_lifecycle.webhooks.signing import new_secret
from eventstore.once import Connection
from eventstore.sealing import Answer

OVERLAP = timedelta(hours=24)
"""So long the former secret signs too."""
_SQL = load("event_lifecycle.webhooks")


async def register(
    service: Service, request: Request, owner: Owner, body: EndpointBody
) -> Response:
    """Raises `TooManyEndpoints`."""
    endpoint_id = uuid7()
    work = partial(_insert, service, owner, body, endpoint_id)
    return await answered_once(service, request, subject_of(endpoint_id), work)


async def rotate(service: Service, request: Request, owner: Owner, endpoint_id: UUID) -> Response:
    """Raises `UnknownEndpoint`, `EndpointOfSettings`."""
    work = partial(_rotate, service, owner, endpoint_id)
    return await answered_once(service, request, subject_of(endpoint_id), work)


async def _insert(
    service: Service, owner: Owner, body: EndpointBody, endpoint_id: UUID, connection: Connection
) -> Answer:
    await _require_room(service, owner, connection)
    secret = new_secret()
    row = {
        **body.model_dump(),
        "id": endpoint_id,
        "scope": owner.scope,
        **owner.wanted,
        "types": list(body.types),
        "secret_sealed": service.seal.close(secret, endpoint_id),
    }
    await connection.execute(_SQL["insert_endpoint"], row)
    endpoint = await endpoint_on(connection, endpoint_id, owner)
    location = f"/api/v1/webhooks/endpoints/{endpoint_id}"
    return answer_with_secret(endpoint, secret, 201, Location=location)


async def _require_room(service: Service, owner: Owner, connection: Connection) -> None:
    settings = service.settings
    most = {
        "instance": settings.webhook_endpoints,
        "poll": settings.webhook_endpoints_per_poll,
        "account": settings.webhook_endpoints_per_account,
    }[owner.scope]
    whose = str(owner.poll_id or owner.account_id or "instance")
    await connection.execute(_SQL["lock_owner"], {"owner": whose})
    counted = {"scope": owner.scope, **owner.wanted}
    cursor = await connection.execute(_SQL["count_endpoints"], counted)
    row = await cursor.fetchone()
    if row is not None and row[0] >= most:
        raise TooManyEndpoints(f"There may be {most} endpoints here, and there are.")


async def _rotate(
    service: Service, owner: Owner, endpoint_id: UUID, connection: Connection
) -> Answer:
    locked = await lock_endpoint(connection, endpoint_id, owner)
    locked.require_webhook()
    secret = new_secret()
    sealed = service.seal.close(secret, endpoint_id)
    await connection.execute(
        _SQL["rotate_secret"], {"id": endpoint_id, "secret_sealed": sealed, "overlap": OVERLAP}
    )
    return answer_with_secret(await endpoint_on(connection, endpoint_id, owner), secret, 200)
