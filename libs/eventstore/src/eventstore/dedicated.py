"""One connection of a background loop's own, for statements that must never change their plan.

The loops delete what they read, so PostgreSQL's statistics are always wrong about their tables;
a plan that follows the indexes is right whatever the statistics say.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

import psycopg
from psycopg.rows import TupleRow

from chassis.connections import connection_arguments

Connection: TypeAlias = psycopg.AsyncConnection[TupleRow]

_ALONG_INDEXES = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}


@asynccontextmanager
async def dedicated_connection(
    url: str, name: str, settings: Mapping[str, str] | None = None
) -> AsyncGenerator[Connection]:
    """Connect in autocommit mode; every statement is prepared at its first use.

    `name` is what pg_stat_activity shows, `settings` are PostgreSQL's, beside the planner's.
    """
    connection: Connection = await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        prepare_threshold=0,
        **connection_arguments(name),  # pyright: ignore[reportArgumentType]  # libpq's own parameters
    )
    try:
        for setting, value in {**_ALONG_INDEXES, **(settings or {})}.items():
            await connection.execute(
                "select set_config(%s, %s, false)", (setting, value), prepare=False
            )
        yield connection
    finally:
        await connection.close()
