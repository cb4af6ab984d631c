"""The service's pool of connections to PostgreSQL."""

import asyncio
import select
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TypeAlias
from weakref import WeakKeyDictionary

import psycopg
import structlog
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from chassis.connections import connection_arguments
from chassis.migrations import missing_of, read_folders

Pool: TypeAlias = AsyncConnectionPool[psycopg.AsyncConnection[TupleRow]]

# A caller that waits longer for a connection gets 503; so does one more than may wait at all.
_WAIT_FOR_CONNECTION_S = 3.0
_MAX_WAITING = 1_000
_ASK_AFTER_S = 1.0
_log: structlog.stdlib.BoundLogger = structlog.get_logger()


async def open_pool(
    url: str, name: str, *, min_size: int = 1, max_size: int = 8, patience_s: float = 30.0
) -> Pool:
    """Wait for the server, at most `patience_s`, and open a pool of autocommit connections.

    Broken connections are replaced before they are handed out. The caller closes the pool.

    Raises:
        psycopg.OperationalError: the server did not answer in time.
    """
    arguments = connection_arguments(name)
    await _wait_for_server(url, arguments, patience_s)
    pool: Pool = AsyncConnectionPool(
        url,
        kwargs={"autocommit": True, **arguments},
        min_size=min_size,
        max_size=max_size,
        name=name,
        check=ConnectionCheck(),
        timeout=_WAIT_FOR_CONNECTION_S,
        max_waiting=_MAX_WAITING,
        reconnect_timeout=3.0,
        open=False,
    )
    await pool.open()
    return pool


class ConnectionCheck:
    """Raises for a broken connection; asks the server only where there is a reason to.

    A server that dies or ends a connection is heard at once, on the socket. One that vanishes
    silently is noticed by asking, which one connection does once a second at most: asking at every
    use would be a round trip more for each statement.
    """

    def __init__(self) -> None:
        self._asked: WeakKeyDictionary[psycopg.AsyncConnection[TupleRow], float] = (
            WeakKeyDictionary()
        )

    async def __call__(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        now = monotonic()
        if now - self._asked.get(connection, 0) < _ASK_AFTER_S and not _is_heard(connection):
            return
        await AsyncConnectionPool.check_connection(connection)
        self._asked[connection] = now


def _is_heard(connection: psycopg.AsyncConnection[TupleRow]) -> bool:
    """Whether something came in: on a connection that is not in use, seldom good news."""
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    return bool(poller.poll(0))


async def database_ready(pool: Pool, folders: Iterable[Path]) -> None:
    """Raise unless the database answers and holds every migration in `folders`."""
    async with pool.connection() as connection:
        rows = await connection.execute("select component, name, checksum from schema_migrations")
        applied = {(component, name): checksum async for component, name, checksum in rows}
    missing = missing_of(read_folders(folders), applied)
    if missing:
        raise RuntimeError(f"migration {missing[0]} is not applied")


async def _wait_for_server(url: str, arguments: dict[str, str | int], patience_s: float) -> None:
    deadline = monotonic() + patience_s
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(url, **arguments)  # pyright: ignore[reportArgumentType]  # libpq's own parameters
        except psycopg.OperationalError:
            if monotonic() > deadline:
                raise
            _log.warning("waiting for PostgreSQL")
            await asyncio.sleep(0.25)
        else:
            await connection.close()
            return
