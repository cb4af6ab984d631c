"""What leaves no facts is done once, too, however often a client asks for it.

`transact` does this for streams; here the work is on ordinary tables, and its answer is kept in the
transaction that does it.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from fastapi import Response
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.database import Pool
from eventstore.idempotency import (
    AlreadyAnswered,
    IdempotentRequest,
    Keep,
    Replay,
    keep_answer,
)
from eventstore.sealing import Answer
from eventstore.store import EventStore

Connection: TypeAlias = AsyncConnection[TupleRow]
Work: TypeAlias = Callable[[Connection], Awaitable[tuple[Answer, str]]]
"""Changes something; its answer, and the subject that the answer is about, to be forgotten with."""


async def answered_once(
    store: EventStore,
    pool: Pool,
    repeated: IdempotentRequest | None,
    prepare: Callable[[], Awaitable[Work]],
) -> Response:
    """Do the work that `prepare` returns, or answer as the first time.

    `prepare` is for what refuses, takes long or is too much for one transaction; where it was
    interrupted it is done again. Raises `KeyReused`, `InFlight`.
    """
    if repeated is None:
        work = await prepare()
        async with pool.connection() as connection, connection.transaction():
            answer, _ = await work(connection)
        return response(answer)
    with store.answering(repeated):
        if replay := await store.kept(repeated):
            return _again(replay)
        work = await prepare()
        try:
            return response(await _kept(pool, repeated, work))
        except AlreadyAnswered:
            # By another process, between our look and our insert.
            replay = await store.kept(repeated)
            assert replay is not None
            return _again(replay)


def response(answer: Answer) -> Response:
    """Never for a cache: many of these answers hold a secret."""
    headers = {"Cache-Control": "no-store", **answer.headers}
    media_type = "application/json" if answer.body else None
    return Response(answer.body, answer.status, headers, media_type=media_type)


async def _kept(pool: Pool, repeated: IdempotentRequest, work: Work) -> Answer:
    async with pool.connection() as connection, connection.transaction():
        answer, subject = await work(connection)
        keep = Keep(repeated, answer)
        await keep_answer(connection, keep, stream=subject, version=1, key=subject)
        return answer


def _again(replay: Replay) -> Response:
    again = response(replay.answer)
    again.headers["Idempotent-Replayed"] = "true"
    return again
