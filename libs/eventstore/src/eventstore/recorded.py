"""A fact as it is stored, and how it is read from its row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.rows import TupleRow

from contracts import registry
from contracts.envelope import Envelope
from contracts.fact import Fact


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored fact. `version` counts per `stream`, `sequence` per `key`, both from 1.

    `position` is unique in the database and grows within a key; it is no clock and no cursor.
    """

    position: int
    stream: str
    version: int
    key: str
    sequence: int
    id: UUID
    fact: Fact
    metadata: Mapping[str, Any]
    recorded_at: datetime

    def envelope(self, source: str) -> Envelope:
        """The CloudEvent that carries this fact; `source` names the service that decided it."""
        return Envelope(
            id=str(self.id),
            source=source,
            type=self.fact.TYPE,
            subject=self.stream,
            time=self.recorded_at,
            sequence=self.sequence,
            key=self.key,
            data=self.fact.model_dump_json().encode(),
            traceparent=self.metadata.get("traceparent"),
        )


def recorded_from(row: TupleRow) -> Recorded:
    """Read a row of the statements in `queries.sql` that give whole facts.

    Raises what `contracts.registry.parse` does for a fact this version cannot read.
    """
    position, stream, version, key, sequence, id_, type_, data, metadata, recorded_at = row
    return Recorded(
        position=position,
        stream=stream,
        version=version,
        key=key,
        sequence=sequence,
        id=id_,
        fact=registry.parse(type_, data),
        metadata=orjson.loads(metadata),
        recorded_at=recorded_at.astimezone(UTC),
    )


def envelope_from(row: TupleRow, source: str) -> Envelope:
    """Read the same row without understanding the fact: also one a newer version stored."""
    _, stream, _, key, sequence, id_, type_, data, metadata, recorded_at = row
    return Envelope(
        id=str(id_),
        source=source,
        type=type_,
        subject=stream,
        time=recorded_at.astimezone(UTC),
        sequence=sequence,
        key=key,
        data=data.encode(),
        traceparent=orjson.loads(metadata).get("traceparent"),
    )
