"""Registering an endpoint, once per Idempotency-Key: the answer alone shows the secret."""

from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row

from chassis.conditional import etag
from chassis.identifiers import uuid7
from chassis.named_sql import load
from event_lifecycle.service import Service
from event_lifecycle.webhooks.bodies import Endpoint, EndpointBody, NewEndpoint
from event_lifecycle.webhooks.signing import new_secret, shown
from eventstore.idempotency import AlreadyAnswered, IdempotentRequest, Keep, keep_answer
from eventstore.sealing import Answer

_SQL = load("event_lifecycle.webhooks")


@dataclass(frozen=True)
class Registered:
    answer: Answer
    replayed: bool


async def register(
    service: Service, body: EndpointBody, request: IdempotentRequest | None
) -> Registered:
    """Raises `KeyReused`, `InFlight`."""
    if request is None:
        async with service.pool.connection() as connection:
            return Registered(await _insert(connection, service, body), replayed=False)
    with service.store.answering(request):
        if replay := await service.store.kept(request):
            return Registered(replay.answer, replayed=True)
        try:
            return Registered(await _insert_once(service, body, request), replayed=False)
        except AlreadyAnswered:
            # By another process, between our look and our insert.
            replay = await service.store.kept(request)
            assert replay is not None
            return Registered(replay.answer, replayed=True)


async def _insert_once(service: Service, body: EndpointBody, request: IdempotentRequest) -> Answer:
    async with service.pool.connection() as connection, connection.transaction():
        answer = await _insert(connection, service, body)
        subject = answer.headers["Location"]
        keep = Keep(request, answer)
        await keep_answer(connection, keep, stream=subject, version=1, key=subject)
        return answer


async def _insert(
    connection: AsyncConnection[TupleRow], service: Service, body: EndpointBody
) -> Answer:
    endpoint_id, secret = uuid7(), new_secret()
    row = {
        "id": endpoint_id,
        "url": body.url,
        "types": list(body.types),
        "secret_sealed": service.seal.close(secret, endpoint_id),
    }
    async with connection.cursor(row_factory=class_row(Endpoint)) as cursor:
        await cursor.execute(_SQL["insert_endpoint"], row)
        endpoint = await cursor.fetchone()
    assert endpoint is not None
    created = NewEndpoint(**endpoint.model_dump(), secret=shown(secret))
    headers = {
        "ETag": etag(endpoint.version),
        "Location": f"/api/v1/webhooks/endpoints/{endpoint_id}",
    }
    return Answer(201, created.model_dump_json().encode(), headers)
