"""What waits for Kafka in the database: facts in the outbox, states of things."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from chassis.named_sql import load
from contracts.envelope import Envelope
from contracts.topics import Topic
from eventstore.dedicated import Connection
from eventstore.publishing import Message

_SQL = load("eventstore", "relay.sql")
# Bounds the memory of a relay, however long Kafka was away.
_MESSAGES = 1_000
_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in the order they must be sent, and the rows they come from."""

    messages: tuple[Message, ...] = ()
    positions: tuple[int, ...] = ()
    states: tuple[tuple[str, str, int], ...] = ()


class Waiting:
    """Reads what waits, and removes what was acknowledged in the same statement."""

    def __init__(
        self,
        connection: Connection,
        *,
        source: str,
        facts: Topic | None,
        states: Iterable[Topic],
        prefix: str,
    ) -> None:
        self._cursor = connection.cursor(row_factory=dict_row)
        self._source = source
        self._facts = facts
        self._states = tuple(states)
        self._prefix = prefix

    async def exchange(self, acknowledged: Batch) -> Batch:
        """Remove the rows of `acknowledged`; return the next, at most 1,000 facts and states.

        All earlier batches must have been acknowledged or be lost: what they hold and was not
        removed is returned again.
        """
        facts = await self._next_facts(acknowledged.positions)
        states = await self._next_states(acknowledged.states)
        return Batch(
            messages=(*map(self._fact_message, facts), *map(self._state_message, states)),
            positions=tuple(row["position"] for row in facts),
            states=tuple((row["topic"], row["key"], row["version"]) for row in states),
        )

    async def _next_facts(self, acknowledged: Sequence[int]) -> Sequence[Mapping[str, Any]]:
        if self._facts is None:
            return ()
        await self._cursor.execute(
            _SQL["next_facts"],
            {"acknowledged": list(acknowledged), "limit": _MESSAGES, "bytes": _BYTES},
        )
        return await self._cursor.fetchall()

    async def _next_states(
        self, acknowledged: Sequence[tuple[str, str, int]]
    ) -> Sequence[Mapping[str, Any]]:
        if not self._states:
            return ()
        topics, keys, versions = zip(*acknowledged, strict=True) if acknowledged else ((), (), ())
        await self._cursor.execute(
            _SQL["next_states"],
            {
                "topics": list(topics),
                "keys": list(keys),
                "versions": list(versions),
                "limit": _MESSAGES,
            },
        )
        return await self._cursor.fetchall()

    def _fact_message(self, row: Mapping[str, Any]) -> Message:
        assert self._facts is not None
        envelope = Envelope(
            id=row["id"],
            source=self._source,
            type=row["type"],
            subject=row["stream"],
            time=row["recorded_at"],
            sequence=row["sequence"],
            key=row["key"],
            data=row["body"].encode(),
            traceparent=row["traceparent"],
        )
        return self._message(self._facts.name, envelope)

    def _state_message(self, row: Mapping[str, Any]) -> Message:
        if row["body"] is None:
            return Message(self._prefix + row["topic"], row["key"].encode(), None)
        envelope = Envelope(
            id=f"{row['key']}.{row['version']}",
            source=self._source,
            type=row["type"],
            subject=row["key"],
            time=row["changed_at"],
            sequence=row["version"],
            key=row["key"],
            data=row["body"].encode(),
        )
        return self._message(row["topic"], envelope)

    def _message(self, topic: str, envelope: Envelope) -> Message:
        return Message(
            self._prefix + topic, envelope.key.encode(), envelope.data, envelope.headers()
        )
