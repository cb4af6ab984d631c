"""The event store of one service: append facts and read them back.

One transaction holds the facts, the rows that inline projections make of them, the rows that
are no facts (`within`), the kept answer and what the relay sends.
"""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import datetime
from random import Random
from typing import Any, Self

from prometheus_client import CollectorRegistry, Counter
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.database import Pool
from chassis.named_sql import load
from chassis.tasks import end
from contracts.envelope import Envelope
from contracts.fact import Fact
from eventstore.batch import AlreadyAnswered, Appended, Conflict, Within, prepare, write
from eventstore.group_commit import GroupCommit, Overloaded, Projection
from eventstore.idempotency import (
    IdempotentRequest,
    InFlight,
    Keep,
    Replay,
    find_answer,
    keep_answer,
)
from eventstore.purge import purge_for_ever
from eventstore.recorded import Recorded, envelope_from, recorded_from
from eventstore.remembered import RememberedStates

__all__ = ["AlreadyAnswered", "Appended", "Conflict", "EventStore", "Overloaded", "Projection"]

_SQL = load("eventstore")


class EventStore:
    """Appends and reads facts in the database of `pool`; use it as an async context manager.

    `source` names the service in envelopes. `projections` run in each append's transaction, once
    per batch, in order; `on_commit` callbacks run after it.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        source: str,
        projections: Sequence[Projection] = (),
        on_commit: Sequence[Callable[[Sequence[Recorded]], None]] = (),
        registry: CollectorRegistry | None = None,
        rng: Random | None = None,
    ) -> None:
        self.source = source
        self.remembered = RememberedStates()
        self._pool = pool
        self._projections = projections
        self._on_commit = on_commit
        self._rng = rng or Random()  # noqa: S311  # spreads load, keeps no secret
        self._writer = GroupCommit(pool, projections, self.committed)
        self._replays = Counter(
            "commontime_idempotent_replays",
            "Requests that were answered as the first time they came",
            registry=registry or CollectorRegistry(),
        )
        self._in_flight: set[tuple[str, bytes]] = set()
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        writing = asyncio.create_task(self._writer.run(), name="group commit")
        purging = asyncio.create_task(purge_for_ever(self._pool, self._rng), name="purge answers")
        self._running.push_async_callback(_ended, writing)
        self._running.callback(self._writer.stop)
        self._running.push_async_callback(end, purging)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Store what is waiting, then stop."""
        await self._running.aclose()

    async def append(
        self,
        stream: str,
        expected_version: int,
        facts: Sequence[Fact],
        *,
        key: str,
        metadata: Mapping[str, Any] | None = None,
        answer: Keep | None = None,
        within: Within | None = None,
    ) -> Appended:
        """Store facts if `stream` is still at `expected_version` (0: there is none yet).

        A stream keeps its `key` for ever. `answer` is kept with the facts; `within` writes rows
        that are no facts in the same transaction, in which it may also refuse by raising.

        Raises:
            Conflict: somebody else appended to the stream.
            AlreadyAnswered: the request of `answer` has one.
            Overloaded: too much is waiting; nothing was stored.
            psycopg.Error: the database did not take it; after a lost connection it may have.
        """
        return await self._writer.append(
            prepare(
                stream,
                expected_version,
                facts,
                key=key,
                metadata=metadata,
                keep=answer,
                within=within,
            )
        )

    async def append_on(
        self,
        connection: AsyncConnection[TupleRow],
        stream: str,
        expected_version: int,
        facts: Sequence[Fact],
        *,
        key: str,
        metadata: Mapping[str, Any] | None = None,
    ) -> Appended:
        """Do the same in the caller's transaction; call `committed` when it has committed.

        Raises `Conflict`, which cannot happen after `lock_keys` and `read_on`.
        """
        append = prepare(stream, expected_version, facts, key=key, metadata=metadata)
        [outcome] = await write(connection, [append])
        if isinstance(outcome, Exception):
            raise outcome
        for project in self._projections:
            await project(connection, outcome.recorded)
        return outcome

    def committed(self, recorded: Sequence[Recorded]) -> None:
        """Tell whoever waits for facts that these are true now."""
        for callback in self._on_commit:
            callback(recorded)

    async def read(self, stream: str) -> list[Recorded]:
        """All facts of a stream in order; none of an unknown one."""
        async with self._pool.connection() as connection:
            return await self.read_on(connection, stream)

    async def read_on(self, connection: AsyncConnection[TupleRow], stream: str) -> list[Recorded]:
        """Do the same in the caller's transaction."""
        cursor = await connection.execute(_SQL["read_stream"], (stream,), prepare=True)
        return [recorded_from(row) for row in await cursor.fetchall()]

    async def read_key(self, key: str, after: int = 0, limit: int = 1000) -> list[Recorded]:
        """Up to `limit` facts of a key beyond the sequence `after`, in order."""
        return [recorded_from(row) for row in await self._rows("read_key", key, after, limit)]

    async def envelopes(self, key: str, after: int = 0, limit: int = 1000) -> list[Envelope]:
        """Do the same for another service, also with facts this version cannot read."""
        rows = await self._rows("read_key", key, after, limit)
        return [envelope_from(row, self.source) for row in rows]

    async def head(self, key: str) -> int:
        """The sequence of a key's last fact; 0 for an unknown key."""
        rows = await self._rows("head", key)
        return rows[0][0] if rows else 0

    async def heads(
        self, changed_since: datetime | None = None, after_key: str = "", limit: int = 1000
    ) -> list[tuple[str, int]]:
        """Keys beyond `after_key` with their sequences, those that changed since, in order."""
        rows = await self._rows("heads", after_key, changed_since, limit)
        return [(key, sequence) for key, sequence in rows]

    async def remember(self, keep: Keep, *, stream: str, version: int, key: str) -> None:
        """Keep the answer to a request that changed nothing. Raises `AlreadyAnswered`."""
        async with self._pool.connection() as connection:
            await keep_answer(connection, keep, stream=stream, version=version, key=key)

    async def replayed(self, request: IdempotentRequest) -> Replay | None:
        """The answer kept for this request. Raises `KeyReused`, `InFlight`."""
        if (request.scope, request.key_hash) in self._in_flight:
            raise InFlight
        return await self.kept(request)

    async def kept(self, request: IdempotentRequest) -> Replay | None:
        """Do the same for whoever is answering the request. Raises `KeyReused`."""
        replay = await self.look_up(request)
        if replay is not None:
            self._replays.inc()
        return replay

    async def look_up(self, request: IdempotentRequest) -> Replay | None:
        """Do the same for whoever does not answer with it. Raises `KeyReused`."""
        async with self._pool.connection() as connection:
            return await find_answer(connection, request)

    @contextmanager
    def answering(self, request: IdempotentRequest) -> Generator[None]:
        """Be the only one in this process to answer this request. Raises `InFlight`.

        Among processes the kept answer's row decides.
        """
        claim = (request.scope, request.key_hash)
        if claim in self._in_flight:
            raise InFlight
        self._in_flight.add(claim)
        try:
            yield
        finally:
            self._in_flight.discard(claim)

    async def _rows(self, statement: str, *parameters: Any) -> list[TupleRow]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SQL[statement], parameters, prepare=True)
            return await cursor.fetchall()


async def lock_keys(connection: AsyncConnection[TupleRow], keys: Sequence[str]) -> None:
    """Take the locks every writer takes first, in order, until the transaction ends."""
    await connection.execute(_SQL["lock_keys"], (list(keys),), prepare=True)


async def _ended(task: asyncio.Task[Any]) -> None:
    with suppress(asyncio.CancelledError):
        await task
