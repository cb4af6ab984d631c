"""A batch of independent appends: its JSON for the database, and the outcomes it comes back with.

`queries.sql` names the statement, migration 0001 holds the function behind it.
"""

import base64
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from itertools import count, groupby
from operator import itemgetter
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


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """Facts to store in `stream` if it is still at `expected_version`, under the key `key`."""

    stream: str
    expected_version: int
    facts: Sequence[Fact]
    key: str
    metadata: Mapping[str, Any]
    keep: Keep | None
    within: Within | None
    ids: Sequence[UUID]
    row: dict[str, Any]
    fact_rows: Sequence[dict[str, Any]]

    @property
    def request(self) -> tuple[str, bytes] | None:
        """Who asked for it under which key, where the answer is to be kept."""
        return (self.keep.request.scope, self.keep.request.key_hash) if self.keep else None


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
    """Make everything ready that does not depend on the rest of the batch."""
    if not facts:
        raise ValueError("an append needs at least one fact")
    ids = [uuid7() for _ in facts]
    row: dict[str, Any] = {
        "stream": stream,
        "expected": expected_version,
        "key": key,
        "facts": len(facts),
        "metadata": metadata or {},
        **(_answer_columns(keep) if keep else {}),
    }
    numbered = zip(count(1), ids, facts, strict=False)
    fact_rows = [_fact_row(ordinal, id_, fact) for ordinal, id_, fact in numbered]
    return Append(
        stream, expected_version, facts, key, metadata or {}, keep, within, ids, row, fact_rows
    )


async def write(
    connection: AsyncConnection[TupleRow], appends: Sequence[Append], patience: str = PATIENCE
) -> list[Appended | Conflict | AlreadyAnswered]:
    """Store what can be stored, in the transaction of the connection, and say so in order.

    `patience` bounds every wait for a lock until the transaction ends.
    """
    for n, append in enumerate(appends):
        append.row["n"] = n
        for fact_row in append.fact_rows:
            fact_row["n"] = n
    batch = _json([append.row for append in appends])
    facts = _json([fact_row for append in appends for fact_row in append.fact_rows])
    cursor = await connection.execute(_SQL["append"], (batch, facts, patience), prepare=True)
    return list(_outcomes(appends, await cursor.fetchall()))


def _outcomes(
    appends: Sequence[Append], rows: Sequence[TupleRow]
) -> Iterator[Appended | Conflict | AlreadyAnswered]:
    for append, (_, group) in zip(appends, groupby(rows, key=itemgetter(0)), strict=True):
        stored = list(group)
        *_, (_, ordinal, version, _, _, _, answered) = stored
        if answered:
            yield AlreadyAnswered()
        elif ordinal is None:
            yield Conflict(version)
        else:
            yield _appended(append, stored)


def _appended(append: Append, rows: Sequence[TupleRow]) -> Appended:
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
        for id_, fact, (_, _, version, sequence, position, recorded_at, _) in zip(
            append.ids, append.facts, rows, strict=True
        )
    )
    last = recorded[-1]
    return Appended(last.version, last.sequence, last.position, recorded)


def _answer_columns(keep: Keep) -> dict[str, Any]:
    return {
        "scope": keep.request.scope,
        "key_hash": keep.request.key_hash.hex(),
        "request_hash": keep.request.request_hash.hex(),
        "status": keep.answer.status,
        "sealed": base64.b64encode(keep.sealed()).decode(),
    }


def _fact_row(ordinal: int, id_: UUID, fact: Fact) -> dict[str, Any]:
    return {
        "o": ordinal,
        "id": id_,
        "type": fact.TYPE,
        "schema": _schema_of(fact.TYPE),
        "data": orjson.Fragment(fact.model_dump_json()),
    }


@cache
def _schema_of(type_: str) -> int:
    """The version at the end of a fact's type: 1 of `commontime.poll.opened.v1`."""
    return int(type_.rpartition(".v")[2])


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
