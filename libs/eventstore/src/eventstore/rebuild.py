"""Makes the read models again from the facts."""

from collections.abc import AsyncIterator, Sequence

from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from chassis.database import Pool
from chassis.named_sql import load
from eventstore.group_commit import Projection
from eventstore.recorded import Recorded, recorded_from

_SQL = load("eventstore")
_BATCH = 2_000


async def rebuild(pool: Pool, projections: Sequence[Projection], tables: Sequence[str]) -> int:
    """Empty `tables`, replay every fact through `projections`, and return how many there were.

    All of it is one transaction: readers see the old rows until it commits, writers wait.
    """
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("set local statement_timeout = 0")
        await connection.execute(_SQL["hold_writers"])
        for table in tables:
            # Not truncate: its lock would make readers wait, and deadlock with a timer's claim.
            await connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
        replayed = 0
        async for batch in _batches(connection):
            for project in projections:
                await project(connection, batch)
            replayed += len(batch)
    return replayed


async def _batches(connection: AsyncConnection[TupleRow]) -> AsyncIterator[Sequence[Recorded]]:
    async with connection.cursor(name="replay") as cursor:
        await cursor.execute(_SQL["read_all"])
        while rows := await cursor.fetchmany(_BATCH):
            yield [recorded_from(row) for row in rows]
