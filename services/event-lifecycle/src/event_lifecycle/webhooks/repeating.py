"""What a client may ask twice is done once: the one place for `Idempotency-Key` about webhooks."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import Request, Response

from event_lifecycle.service import Service
from eventstore import once
from eventstore.edge import idempotent_request
from eventstore.idempotency import forget_answers
from eventstore.once import Connection
from eventstore.sealing import Answer

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

    async def about_the_subject(connection: Connection) -> tuple[Answer, str]:
        return await work(connection), subject

    async def prepare() -> once.Work:
        await before()
        return about_the_subject

    repeated = await idempotent_request(request)
    return await once.answered_once(service.store, service.pool, repeated, prepare)


async def forget(connection: Connection, endpoint_id: UUID) -> None:
    """Forget the answers kept about an endpoint: they hold its secrets."""
    await forget_answers(connection, subject_of(endpoint_id))


def subject_of(endpoint_id: UUID) -> str:
    return f"webhook_endpoint-{endpoint_id}"
