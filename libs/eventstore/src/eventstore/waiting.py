"""What waits for Kafka in the database: facts in the outbox, states of things."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.envelope import Envelope
from contracts.topics import Topic
from eventstore.dedicated import Connection
from eventstore.publishing import Message
from eventstore.recorded import envelope_from

_SQL = load("eventstore", "relay.sql")
# Bounds the memory of a relay, however long Kafka was away.
_MESSAGES = 1_000
_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in the order they must be sent, and the rows they come from.

    `positions` are rows of the outbox; `states` are (topic, key, version).
    """

    messages: tuple[Message, ...] = ()
    positions: tuple[int, ...] = ()
    states: tuple[tuple[str, str, int], ...] = ()


class Waiting:
    """Reads what waits, and removes what was acknowledged."""

    def __init__(
        self,
        connection: Connection,
        *,
        source: str,
        facts: Topic | None,
        states: Iterable[Topic],
        prefix: str,
    ) -> None:
        self._connection = connection
        self._source = source
        self._facts = facts
        self._states = tuple(states)
        self._prefix = prefix

    async def exchange(self, acknowledged: Batch) -> Batch:
        """Remove the rows of `acknowledged`; return the next, at most 1,000 facts and states.

        What was returned earlier and not removed is returned again: nothing may be on its way.
        """
        facts = await self._next_facts(acknowledged.positions)
        states = await self._next_states(acknowledged.states)
        return Batch(
            messages=(*map(self._fact_message, facts), *map(self._state_message, states)),
            positions=tuple(position for position, *_ in facts),
            states=tuple((topic, key, version) for topic, key, version, *_ in states),
        )

    async def _next_facts(self, acknowledged: Sequence[int]) -> Sequence[TupleRow]:
        if self._facts is None:
            return ()
        cursor = await self._connection.execute(
            _SQL["next_facts"],
            {"acknowledged": list(acknowledged), "limit": _MESSAGES, "bytes": _BYTES},
        )
        return await cursor.fetchall()

    async def _next_states(
        self, acknowledged: Sequence[tuple[str, str, int]]
    ) -> Sequence[TupleRow]:
        if not self._states:
            return ()
        if acknowledged:
            topics, keys, versions = zip(*acknowledged, strict=True)
            await self._connection.execute(
                _SQL["remove_states"],
                {"topics": list(topics), "keys": list(keys), "versions": list(versions)},
            )
        cursor = await self._connection.execute(_SQL["next_states"], {"limit": _MESSAGES})
        return await cursor.fetchall()

    def _fact_message(self, row: TupleRow) -> Message:
        assert self._facts is not None
        return self._message(self._facts.name, envelope_from(row, self._source))

    def _state_message(self, row: TupleRow) -> Message:
        topic, key, version, type_, body, changed_at = row
        if body is None:
            return Message(self._prefix + topic, key.encode(), None)
        envelope = Envelope(
            id=f"{key}.{version}",
            source=self._source,
            type=type_,
            subject=key,
            time=changed_at.astimezone(UTC),
            sequence=version,
            key=key,
            data=body.encode(),
        )
        return self._message(topic, envelope)

    def _message(self, topic: str, envelope: Envelope) -> Message:
        return Message(
            self._prefix + topic, envelope.key.encode(), envelope.data, envelope.headers()
        )
