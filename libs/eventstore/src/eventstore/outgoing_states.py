"""The latest state of things, on its way to a compacted topic.

Written in the transaction that changes the thing; the relay sends it. Between two sendings only
the latest of a key is kept.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from psycopg import AsyncConnection

from chassis.named_sql import load
from contracts.fact import State
from contracts.topics import Topic

_SQL = load("eventstore", "relay.sql")


@dataclass(frozen=True, slots=True)
class CurrentState:
    """What a topic should hold for `key`; `state` is None after erasure."""

    key: str
    version: int
    state: State | None


StateReader: TypeAlias = Callable[[str, int], Awaitable[Sequence[CurrentState]]]
"""`(after_key, limit)` to the next states of a topic in the order of their keys, from ""."""


async def publish_state(
    connection: AsyncConnection[Any], topic: Topic, key: str, version: int, state: State | None
) -> None:
    """Have the relay send `state`, or a tombstone for None, once the transaction commits.

    A `version` below the one that waits already is ignored.
    """
    await connection.execute(
        _SQL["publish_state"],
        {
            "topic": topic.name,
            "key": key,
            "version": version,
            "type": None if state is None else state.TYPE,
            "value": None if state is None else state.model_dump_json(),
        },
    )


async def publish_tombstones(
    connection: AsyncConnection[Any], topic: Topic, versions: Mapping[str, int]
) -> None:
    """Do the same for many keys that are erased, each at its version."""
    await connection.execute(
        _SQL["publish_tombstones"],
        {
            "topic": topic.name,
            "keys": list(versions),
            "versions": list(versions.values()),
        },
    )
