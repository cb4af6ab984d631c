"""Sets and drops timers in the transaction that says why: in an inline projection.

A timer belongs to the key of the facts it concerns; a key has one at most.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from chassis.named_sql import load

_SQL = load("timers", "timers.sql")


async def set_timers(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, datetime]]
) -> None:
    """Have each key's timer fire at its instant, instead of the one the key had.

    Of several instants for one key the last one holds.
    """
    due = dict(rows)
    if due:
        await connection.execute(_SQL["set_timers"], {"keys": list(due), "due": list(due.values())})


async def drop_timers(connection: AsyncConnection[Any], keys: Sequence[str]) -> None:
    """Have nothing fire for these keys."""
    if keys:
        await connection.execute(_SQL["drop_timers"], {"keys": list(keys)})
