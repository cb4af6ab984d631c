"""Collects the appends of one process and commits many at once.

Appends in a batch know nothing of each other: what goes wrong with one is told to its caller
only. An append whose caller was cancelled takes effect wholly or not at all.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.database import Pool
from eventstore.batch import PATIENCE, Append, Appended, write
from eventstore.recorded import Recorded

Projection: TypeAlias = Callable[[AsyncConnection[TupleRow], Sequence[Recorded]], Awaitable[None]]

LARGEST_BATCH = 256
LONGEST_QUEUE = 4_096
# In a batch taken apart: long enough for a lock that is free, short enough for those behind it.
_PATIENCE_ALONE = "50ms"

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Overloaded(Exception):
    """Too many changes are waiting to be stored; nothing was done."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    append: Append
    outcome: asyncio.Future[Appended] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, outcome: Appended | Exception) -> None:
        if self.outcome.done():  # the caller was cancelled
            return
        if isinstance(outcome, Exception):
            self.outcome.set_exception(outcome)
        else:
            self.outcome.set_result(outcome)


class GroupCommit:
    """The queue and the loop that empties it; `committed` is told what became true."""

    def __init__(
        self,
        pool: Pool,
        projections: Sequence[Projection],
        committed: Callable[[Sequence[Recorded]], None],
    ) -> None:
        self._pool = pool
        self._projections = projections
        self._committed = committed
        self._queue: deque[_Waiting] = deque()
        self._previous = 0
        self._arrived = asyncio.Event()
        self._stopping = False

    async def append(self, append: Append) -> Appended:
        """Store it with whatever else is waiting.

        Raises `Conflict`, `AlreadyAnswered`, `Overloaded`, and what projections, `within` and the
        database raise; after a lost connection it may have been stored all the same.
        """
        if len(self._queue) >= LONGEST_QUEUE or self._stopping:
            raise Overloaded
        waiting = _Waiting(append)
        self._queue.append(waiting)
        self._arrived.set()
        return await waiting.outcome

    def stop(self) -> None:
        """Let `run` end when the queue is empty, and take nothing more."""
        self._stopping = True
        self._arrived.set()

    async def run(self) -> None:
        """Commit batch after batch until `stop`."""
        while self._queue or not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            try:
                async with self._pool.connection() as connection:
                    while not connection.closed and (batch := self._take()):
                        await self._commit(connection, batch)
            # The loop outlives whatever happened: each caller is told, and the next may be lucky.
            except Exception as error:
                _log.warning("group commit interrupted", error=type(error).__name__)
                self._refuse(error)
            if self._queue:
                self._arrived.set()

    def _take(self) -> list[_Waiting]:
        """Take the next batch: at most one append per stream and per kept answer.

        Callers come back when theirs is done. Half of them at a time: so one half works while
        the database does the other's.
        """
        at_work = len(self._queue) + self._previous
        largest = min(LARGEST_BATCH, (at_work + 1) // 2)
        batch: list[_Waiting] = []
        taken: set[object] = set()
        left: list[_Waiting] = []
        while self._queue and len(batch) < largest:
            waiting = self._queue.popleft()
            if waiting.outcome.done():
                continue
            claims = {waiting.append.stream, waiting.append.request} - {None}
            (left if claims & taken else batch).append(waiting)
            taken |= claims
        self._queue.extendleft(reversed(left))
        self._previous = len(batch)
        return batch

    def _refuse(self, error: Exception) -> None:
        for waiting in self._queue:
            waiting.settle(error)
        self._queue.clear()

    async def _commit(
        self,
        connection: AsyncConnection[TupleRow],
        batch: Sequence[_Waiting],
        patience: str = PATIENCE,
    ) -> None:
        try:
            recorded, outcomes = await self._store(connection, batch, patience)
        # Every caller of the batch is told, or gets a try of its own.
        except Exception as error:
            if connection.closed or len(batch) == 1:
                for waiting in batch:
                    waiting.settle(error)
            else:
                _log.info("batch taken apart", size=len(batch), error=type(error).__name__)
                for waiting in batch:
                    await self._commit(connection, [waiting], _PATIENCE_ALONE)
            return
        # Not at once: the database gets its next batch first.
        asyncio.get_running_loop().call_soon(self._tell, batch, outcomes, recorded)

    def _tell(
        self,
        batch: Sequence[_Waiting],
        outcomes: Sequence[Appended | Exception],
        recorded: Sequence[Recorded],
    ) -> None:
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.settle(outcome)
        if recorded:
            self._committed(recorded)

    async def _store(
        self, connection: AsyncConnection[TupleRow], batch: Sequence[_Waiting], patience: str
    ) -> tuple[list[Recorded], Sequence[Appended | Exception]]:
        appends = [waiting.append for waiting in batch]
        alone = not self._projections and all(append.within is None for append in appends)
        async with nullcontext() if alone else _transaction(connection):
            outcomes = await write(connection, appends, patience)
            recorded: list[Recorded] = []
            for append, outcome in zip(appends, outcomes, strict=True):
                if isinstance(outcome, Appended):
                    recorded.extend(outcome.recorded)
                    if append.within:
                        await append.within(connection)
            if recorded:
                for project in self._projections:
                    await project(connection, recorded)
        return recorded, outcomes


@asynccontextmanager
async def _transaction(connection: AsyncConnection[TupleRow]) -> AsyncGenerator[None]:
    """In a pipeline, so that only what has to be read is waited for: once, as a rule."""
    async with connection.pipeline(), connection.transaction():
        yield
