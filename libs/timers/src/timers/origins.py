"""Where timers came from: the traces of the facts that set them, of which one that fired tells."""

from collections.abc import Sequence

from chassis.named_sql import load
from eventstore.dedicated import Connection

_SQL = load("timers", "timers.sql")


async def origins(
    connection: Connection, keys: Sequence[str], traceparent: str | None, set_by: Sequence[str]
) -> Sequence[str]:
    """Of the facts that carry `traceparent`, one of a key: where their timers had been set.

    That is in the trace of the last fact of a type in `set_by` before it. The timers are gone by
    now, and the facts stay: so a timer need not remember it.
    """
    wanted = {"keys": list(keys), "traceparent": traceparent, "set_by": list(set_by)}
    cursor = await connection.execute(_SQL["origins"], wanted)
    return [origin for (origin,) in await cursor.fetchall()]
