"""Keeps the log of webhooks as long as it is to be kept: new days ahead, old days dropped.

The database's clock alone decides. Whatever would hold up those who append is given up at once
and tried again a minute later. Replicas need not know of each other: one at a time tidies.
"""

import asyncio
from datetime import timedelta
from random import Random
from time import monotonic
from typing import Self

import structlog
from psycopg.errors import DeadlockDetected, LockNotAvailable

from chassis.named_sql import load
from chassis.tasks import end
from event_lifecycle.erasing import drop_endpoints
from eventstore.background import Works, keep_trying
from eventstore.dedicated import Connection, dedicated_connection

_log: structlog.stdlib.BoundLogger = structlog.get_logger()

_SQL = load("event_lifecycle.webhooks", "retention.sql")
_BURY_S = 60.0
_TIDY_S = 3600.0
_DAYS_AHEAD = 7
_AT_ONCE = 5_000
# Who waits for a table's lock is waited for by everybody after them.
_WAITS_NO_LONGER = {"lock_timeout": "50ms"}


class Retention:
    """Runs while its context is entered. `keep`: how long messages and attempts are kept."""

    def __init__(self, url: str, keep: timedelta, *, rng: Random | None = None) -> None:
        self._url = url
        self._keep = keep
        self._rng = rng or Random()  # noqa: S311  # spreads retries, keeps no secret

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(keep_trying("webhook retention", self._session, self._rng))
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._loop)

    async def _session(self, works: Works) -> None:
        tidy_at = monotonic()
        while True:
            async with dedicated_connection(self._url, "retention", _WAITS_NO_LONGER) as connection:
                await bury_of_disabled(connection)
                await drop_endpoints(connection)
                if monotonic() >= tidy_at and await tidy(connection, self._keep):
                    tidy_at = monotonic() + _TIDY_S
            works()
            await asyncio.sleep(_BURY_S * self._rng.uniform(0.9, 1.1))


async def bury_of_disabled(connection: Connection) -> int:
    """Make dead letters of what still waits for endpoints that are disabled; how many there were.

    Deliveries queued in the very moment of disabling; all others are written or buried as such.
    """
    return await _in_batches(connection, "bury_of_disabled")


async def tidy(connection: Connection, keep: timedelta) -> bool:
    """Make days ahead, and forget what is older than `keep`; whether nothing was in the way.

    The connection must be in autocommit mode: each step is a transaction. If one fails, the turn of
    this replica ends with the connection.
    """
    cursor = await connection.execute(_SQL["take_turn"])
    if await cursor.fetchone() != (True,):
        return True
    done = await _tidy(connection, keep)
    await connection.execute(_SQL["end_turn"])
    return done


async def _tidy(connection: Connection, keep: timedelta) -> bool:
    done = await _unless_locked(connection, "partitions_ahead", days=_DAYS_AHEAD) is not None
    if expired := await _in_batches(connection, "bury_expired", keep=keep):
        _log.warning("webhook deliveries given up: their messages are too old", count=expired)
    for statement in ("delete_deliveries", "delete_messages", "delete_attempts"):
        if deleted := await _in_batches(connection, statement, keep=keep):
            _log.info("old webhook rows deleted", statement=statement, count=deleted)
    cursor = await connection.execute(_SQL["partitions_behind"], {"keep": keep})
    for (name,) in await cursor.fetchall():
        dropped = await _unless_locked(connection, "drop_partition", name=name)
        done = done and dropped is not None
        if dropped:
            _log.info("old webhook rows dropped", partition=name)
    return done


async def _in_batches(connection: Connection, statement: str, **parameters: object) -> int:
    """Until a batch is not full; how many rows it came to."""
    total = 0
    while True:
        cursor = await connection.execute(_SQL[statement], {**parameters, "most": _AT_ONCE})
        total += cursor.rowcount
        if cursor.rowcount < _AT_ONCE:
            return total


async def _unless_locked(
    connection: Connection, statement: str, **parameters: object
) -> object | None:
    """What the statement gives; None where somebody else's lock was in the way."""
    try:
        cursor = await connection.execute(_SQL[statement], parameters)
    except (LockNotAvailable, DeadlockDetected):
        return None
    row = await cursor.fetchone()
    return row and row[0]
