"""From the bytes of a message to a fact or a state, or to the reason why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from contracts.envelope import Envelope, NotAnEnvelope
from contracts.fact import Fact, State
from contracts.registry import FACTS, UnknownFact, parse
from inbox.kafka_types import Record, headers_of
from inbox.outcomes import NeverApplies, reason_of
from inbox.sources import FactSource, Place, StateSource

_LONGEST_KEY = 255
_LARGEST_SEQUENCE = 2**63 - 1
_KNOWN_NAMES = frozenset(type_.rpartition(".")[0] for type_ in FACTS)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A fact as it arrived. `fact` is None where no model reads the type, or `unreadable` says why.

    `record` is None where it came from its owner.
    """

    place: Place
    sequence: int
    envelope: Envelope
    fact: Fact | None
    unreadable: str | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class IncomingState:
    """A state as it arrived; `state` is None where it was erased."""

    place: Place
    state: State | None
    record: Record | None


@dataclass(slots=True)
class Sorted:
    """What a batch of messages holds; `refused` ones belong to no key."""

    facts: list[Incoming] = field(default_factory=list[Incoming])
    states: list[IncomingState] = field(default_factory=list[IncomingState])
    refused: list[tuple[Record, str]] = field(default_factory=list[tuple[Record, str]])


class Reader:
    """Knows which topic (with its prefix) belongs to which source."""

    def __init__(
        self, prefix: str, facts: Iterable[FactSource], states: Iterable[StateSource]
    ) -> None:
        self._facts = {prefix + source.topic.name: source for source in facts}
        self._states = {prefix + source.topic.name: source for source in states}

    def sort_out(self, records: Sequence[Record]) -> Sorted:
        found = Sorted()
        for record in records:
            try:
                if (source := self._facts.get(record.topic)) is not None:
                    envelope = _envelope_of(record)
                    found.facts.append(read_fact(source.label, envelope, record))
                else:
                    found.states.append(_read_record(self._states[record.topic], record))
            except (NotAnEnvelope, NeverApplies) as error:
                found.refused.append((record, str(error)))
        return found


def read_fact(label: str, envelope: Envelope, record: Record | None = None) -> Incoming:
    """Raises `NotAnEnvelope` where the key or the sequence cannot be one of ours."""
    if not 0 < len(envelope.key) <= _LONGEST_KEY or "\0" in envelope.key:
        raise NotAnEnvelope("the key is empty, too long or holds a NUL")
    if not 0 < envelope.sequence <= _LARGEST_SEQUENCE:
        raise NotAnEnvelope(f"{envelope.sequence} is no sequence")
    fact, unreadable = _parse(envelope)
    return Incoming((label, envelope.key), envelope.sequence, envelope, fact, unreadable, record)


def read_state(source: StateSource, item: Mapping[str, Any]) -> IncomingState:
    """From the owner's `{"key", "value"}`. Raises `NeverApplies`."""
    value = item["value"]
    place = (source.topic.name, str(item["key"]))
    try:
        state = None if value is None else source.model.model_validate(value)
    except ValidationError as error:
        raise NeverApplies(reason_of(error)) from None
    return IncomingState(place, state, None)


def _envelope_of(record: Record) -> Envelope:
    if any(value is None for _, value in headers_of(record)):
        raise NotAnEnvelope("a header without a value")
    return Envelope.from_kafka(record.value, record.headers)


def _parse(envelope: Envelope) -> tuple[Fact | None, str | None]:
    try:
        return parse(envelope.type, envelope.data), None
    except UnknownFact:
        if envelope.type.rpartition(".")[0] in _KNOWN_NAMES:
            return None, f"this program does not read {envelope.type}"
        return None, None
    except ValidationError as error:
        return None, reason_of(error)


def _read_record(source: StateSource, record: Record) -> IncomingState:
    key = _state_key(record)
    if record.value is None:
        return IncomingState((source.topic.name, key), None, record)
    type_ = dict(record.headers).get("ce_type", source.model.TYPE.encode())
    if type_ != source.model.TYPE.encode():
        raise NeverApplies("this program does not read that type of state")
    try:
        state = source.model.model_validate_json(record.value)
    except ValidationError as error:
        raise NeverApplies(reason_of(error)) from None
    return IncomingState((source.topic.name, key), state, record)


def _state_key(record: Record) -> str:
    try:
        key = (record.key or b"").decode()
    except UnicodeDecodeError:
        raise NeverApplies("the key is not text") from None
    if not 0 < len(key) <= _LONGEST_KEY or "\0" in key:
        raise NeverApplies("the key is empty, too long or holds a NUL")
    return key
