"""A batch of independent appends: its JSON for the database, and the outcomes it comes back with.

`queries.sql` names the statement, migration 0001 holds the function behind it.
"""

import base64
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from itertools import count
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from uuid_utils.compat import uuid7

from chassis.named_sql import load
from contracts.fact import Fact
from eventstore.idempotency import AlreadyAnswered, Keep
from eventstore.recorded import Recorded

_SQL = load("eventstore")

Within: TypeAlias = Callable[[AsyncConnection[TupleRow]], Awaitable[None]]

# Other transactions hold a key for milliseconds; one that holds it longer is stuck.
PATIENCE = "1s"


class Conflict(Exception):
    """Somebody else changed this at the same time."""

    def __init__(self, actual: int) -> None:
        """Say the stream's version now, `actual`."""
        super().__init__(f"Somebody else changed this at the same time: it is at version {actual}.")
        self.actual = actual


@dataclass(frozen=True)
class Appended:
    """What an append stored; `version`, `sequence` and `position` are those of its last fact."""

    version: int
    sequence: int
    position: int
    recorded: tuple[Recorded, ...]


@dataclass(slots=True, eq=False)  # not frozen: that would cost more than all its fields
class Append:
    """Facts to store in `stream`, with everything ready that does not depend on the batch."""

    stream: str
    facts: Sequence[Fact]
    ids: Sequence[UUID]
    key: str
    metadata: Mapping[str, Any]
    request: tuple[str, bytes] | None
    within: Within | None
    json: bytes


def prepare(
    stream: str,
    expected_version: int,
    facts: Sequence[Fact],
    *,
    key: str,
    metadata: Mapping[str, Any] | None = None,
    keep: Keep | None = None,
    within: Within | None = None,
) -> Append:
    """Make an append of facts for `stream`, if it is still at `expected_version` then."""
    if not facts:
        raise ValueError("an append needs at least one fact")
    metadata = metadata or {}
    shared = {"stream": stream, "expected": expected_version, "key": key, "metadata": metadata}
    request = None
    if keep:
        request = (keep.request.scope, keep.request.key_hash)
        shared |= {"scope": request[0], "key_hash": request[1].hex()}
    ids = [uuid7() for _ in facts]
    objects = [
        {**shared, "ordinal": ordinal, "id": id_, **_columns(fact)}
        for ordinal, id_, fact in zip(count(1), ids, facts, strict=False)
    ]
    objects[0] |= {"facts": len(facts), **(_answer_columns(keep) if keep else {})}
    json = b",".join(map(orjson.dumps, objects))
    return Append(stream, facts, ids, key, metadata, request, within, json)


async def write(
    connection: AsyncConnection[TupleRow], appends: Sequence[Append], patience: str = PATIENCE
) -> list[Appended | Conflict | AlreadyAnswered]:
    """Store what can be stored, in the transaction of the connection, and say so in order.

    `patience` bounds every wait for a lock until the transaction ends.
    """
    facts = b"[%b]" % b",".join(append.json for append in appends)
    keys = list({append.key for append in appends})
    cursor = await connection.execute(
        _SQL["append"], (facts.decode(), keys, patience), prepare=True
    )
    rows: defaultdict[str, list[TupleRow]] = defaultdict(list)
    for row in await cursor.fetchall():
        rows[row[0]].append(row)
    return [_outcome(append, rows[append.stream]) for append in appends]


def _outcome(append: Append, rows: Sequence[TupleRow]) -> Appended | Conflict | AlreadyAnswered:
    _, version, sequence, position, _, answered = rows[-1]
    if answered:
        return AlreadyAnswered()
    if sequence is None:
        return Conflict(version)
    recorded = tuple(
        Recorded(
            position=position,
            stream=append.stream,
            version=version,
            key=append.key,
            sequence=sequence,
            id=id_,
            fact=fact,
            metadata=append.metadata,
            recorded_at=recorded_at.astimezone(UTC),
        )
        for id_, fact, (_, version, sequence, position, recorded_at, _) in zip(
            append.ids, append.facts, rows, strict=True
        )
    )
    return Appended(version, sequence, position, recorded)


def _columns(fact: Fact) -> dict[str, Any]:
    return {
        "type": fact.TYPE,
        "schema": _schema_of(fact.TYPE),
        "data": orjson.Fragment(fact.model_dump_json()),
    }


def _answer_columns(keep: Keep) -> dict[str, Any]:
    return {
        "request_hash": keep.request.request_hash.hex(),
        "status": keep.answer.status,
        "sealed": base64.b64encode(keep.sealed()).decode(),
    }


@cache
def _schema_of(type_: str) -> int:
    """The version at the end of a fact's type: 1 of `commontime.poll.opened.v1`."""
    return int(type_.rpartition(".v")[2])
