"""What a service takes in, from whom, and the form in which its `apply` functions get it."""

from dataclasses import dataclass
from typing import TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from contracts.envelope import Envelope
from contracts.fact import Fact, State
from contracts.topics import Topic

Connection: TypeAlias = AsyncConnection[TupleRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]
Place: TypeAlias = tuple[str, str]
"""A source's label (or a state topic's name) and a key in it: what is counted separately."""


@dataclass(frozen=True, slots=True)
class FactSource:
    """A topic of facts. `label` names its sequences, as in `Commontime-Sequence: polls=3`.

    `owner_url` is the service that wrote the facts and can be asked for them, without a path.
    """

    label: str
    topic: Topic
    owner_url: str


@dataclass(frozen=True, slots=True)
class StateSource:
    """A compacted topic whose values are `model`, and the service that can be asked for them."""

    topic: Topic
    model: type[State]
    owner_url: str


@dataclass(frozen=True, slots=True)
class Received:
    """A fact whose turn it is: all before it, per key, have been applied."""

    source: str
    key: str
    sequence: int
    fact: Fact
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class ReceivedState:
    """The latest state of `key`; None where it was erased. `topic` is without any prefix."""

    topic: str
    key: str
    state: State | None
