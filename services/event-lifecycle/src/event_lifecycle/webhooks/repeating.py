"""What a client may ask twice is done once: the one place for `Idempotency-Key` about webhooks."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import Request, Response
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from event_lifecycle.service import Service
from eventstore.edge import idempotent_request
from eventstore.idempotency import (
    AlreadyAnswered,
    IdempotentRequest,
    Keep,
    Replay,
    forget_answers,
    keep_answer,
)
from eventstore.sealing import Answer

Connection = AsyncConnection[TupleRow]
Work = Callable[[Connection], Awaitable[Answer]]


async def _nothing() -> None:
    pass


async def answered_once(
    service: Service,
    request: Request,
    subject: str,
    work: Work,
    *,
    before: Callable[[], Awaitable[None]] = _nothing,
) -> Response:
    """Do `work` in a transaction with keeping its answer, or answer as the first time.

    `subject` is what the answer is about. `before` is for what is too much for one transaction;
    where it was interrupted it is done again. Raises `KeyReused`, `InFlight`.
    """
    repeated = await idempotent_request(request)
    if repeated is None:
        await before()
        async with service.pool.connection() as connection, connection.transaction():
            return _response(await work(connection))
    with service.store.answering(repeated):
        if replay := await service.store.kept(repeated):
            return _again(replay)
        await before()
        try:
            return _response(await _worked(service, repeated, subject, work))
        except AlreadyAnswered:
            # By another process, between our look and our insert.
            replay = await service.store.kept(repeated)
            assert replay is not None
            return _again(replay)


async def forget(connection: Connection, endpoint_id: UUID) -> None:
    """Forget the answers kept about an endpoint: they hold its secrets."""
    await forget_answers(connection, subject_of(endpoint_id))


def subject_of(endpoint_id: UUID) -> str:
    return f"webhook_endpoint-{endpoint_id}"


async def _worked(
    service: Service, repeated: IdempotentRequest, subject: str, work: Work
) -> Answer:
    async with service.pool.connection() as connection, connection.transaction():
        answer = await work(connection)
        keep = Keep(repeated, answer)
        await keep_answer(connection, keep, stream=subject, version=1, key=subject)
        return answer


def _again(replay: Replay) -> Response:
    response = _response(replay.answer)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _response(answer: Answer) -> Response:
    # Some of these answers hold a secret.
    headers = {"Cache-Control": "no-store", **answer.headers}
    return Response(answer.body, answer.status, headers, media_type="application/json")
