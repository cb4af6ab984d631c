"""Takes words back out of stored facts: the one exception to append-only.

Facts stay where they are, with their positions, versions and sequences; only what they say of a
person or of a private matter is replaced. Append the `…Erased` fact in the same transaction.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from chassis.named_sql import load
from contracts import registry

Changes: TypeAlias = Mapping[str, Mapping[str, Any]]
"""`{fact's type: {path: value}}`, as in `{PollOpened.TYPE: {"details.title": ""}}`.

A path names members of JSON objects, with dots between them, and is replaced as a whole: to
empty a list is `{"intervals": []}`. A member that a fact does not have is not added.
"""

_SQL = load("eventstore")


async def redact(
    connection: AsyncConnection[TupleRow], streams: Sequence[str], changes: Changes
) -> int:
    """Rewrite the facts of `streams` as stored, and return how many there were of these types.

    In the caller's transaction, which holds the locks of the streams' keys: it runs in `within` of
    an append, or after `append_on`. Answers kept about the streams are forgotten: they say the
    same. When it has committed, call `store.remembered.forget` for each stream.

    Raises what `contracts.registry.parse` does where a fact could not be read any more.
    """
    steps = {
        type_: [{"path": path, "value": value} for path, value in paths.items()]
        for type_, paths in changes.items()
    }
    parameters = {"streams": list(streams), "types": list(steps), "changes": Jsonb(steps)}
    cursor = await connection.execute(_SQL["redact"], parameters)
    redacted = await cursor.fetchall()
    for type_, data in redacted:
        registry.parse(type_, data)
    await connection.execute(_SQL["forget_answers"], (list(streams),))
    return len(redacted)
