"""Answers kept for a day, for the client that sends the same request again."""

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from eventstore.sealing import Answer, seal, unseal

KEPT_FOR = timedelta(hours=24)
_PURGED_AT_ONCE = 1_000
_SQL = load("eventstore")


class KeyReused(Exception):
    """This Idempotency-Key was used for another request; take a new one."""


class InFlight(Exception):
    """The first request with this Idempotency-Key is still being answered; ask again."""


class AlreadyAnswered(Exception):
    """A request with this Idempotency-Key was answered meanwhile."""


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """What a client may repeat: `scope` is who asks for what, `key` the client's own.

    `request_hash` tells a repetition from another request under the same key.
    """

    scope: str
    key: str = field(repr=False)
    request_hash: bytes

    @property
    def key_hash(self) -> bytes:
        return sha256(self.key.encode()).digest()


@dataclass(frozen=True, slots=True)
class Keep:
    """An answer to keep for its request, in the transaction that makes it true."""

    request: IdempotentRequest
    answer: Answer

    def sealed(self) -> bytes:
        return seal(self.answer, self.request.key, self.request.scope)


@dataclass(frozen=True, slots=True)
class Replay:
    """A kept answer; `version` is its stream's at that time, `sequence` its key's by now."""

    answer: Answer
    version: int
    sequence: int


async def find_answer(
    connection: AsyncConnection[TupleRow], request: IdempotentRequest
) -> Replay | None:
    """Look up the answer given to this request. Raises `KeyReused`."""
    cursor = await connection.execute(
        _SQL["find_answer"], (request.scope, request.key_hash), prepare=True
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    request_hash, status, sealed, version, sequence = row
    if request_hash != request.request_hash:
        raise KeyReused
    return Replay(unseal(status, sealed, request.key, request.scope), version, sequence)


async def keep_answer(
    connection: AsyncConnection[TupleRow], keep: Keep, *, stream: str, version: int, key: str
) -> None:
    """Keep the answer to a request that changed nothing. Raises `AlreadyAnswered`."""
    request, status = keep.request, keep.answer.status
    row = (request.scope, request.key_hash, request.request_hash, status, keep.sealed())
    cursor = await connection.execute(_SQL["keep_answer"], (*row, stream, version, key))
    if cursor.rowcount == 0:
        raise AlreadyAnswered


async def forget_answers(connection: AsyncConnection[TupleRow], stream: str) -> None:
    """Delete every kept answer about a stream: they may hold what is being erased."""
    await connection.execute(_SQL["forget_answers"], ([stream],))


async def purge_answers(
    connection: AsyncConnection[TupleRow], older_than: timedelta = KEPT_FOR
) -> int:
    """Delete kept answers that are too old, and return how many there were."""
    purged = 0
    while True:
        cursor = await connection.execute(_SQL["purge_answers"], (older_than, _PURGED_AT_ONCE))
        purged += cursor.rowcount
        if cursor.rowcount < _PURGED_AT_ONCE:
            return purged
