"""What a batch of participants' facts changes: rows of the tables, before anything is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from contracts.schedules import (
    ParticipantErased,
    ParticipantJoined,
    ParticipantRevised,
    ScheduleFact,
    ScheduleSubmitted,
    ScheduleWithdrawn,
)
from recommender.known_polls import microseconds
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED, pack

Value = TypeVar("Value")
_LEVELS = {"if_needed": IF_NEEDED, "available": AVAILABLE, "preferred": PREFERRED}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a participant counts for from a fact on; `gone` is who counts no more."""

    role: str = "optional"
    weight: int = 1
    groups: tuple[str, ...] = ()
    gone: bool = False


@dataclass
class NewRows:
    """By participant and in order of sequence; `at` is when a fact was stored by its owner."""

    poll_of: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    links: dict[UUID, str] = field(default_factory=dict[UUID, str])
    standings: dict[UUID, dict[int, Standing]] = field(
        default_factory=dict[UUID, dict[int, Standing]]
    )
    schedules: dict[UUID, dict[int, bytes | None]] = field(
        default_factory=dict[UUID, dict[int, bytes | None]]
    )
    erased: set[UUID] = field(default_factory=set[UUID])
    at: dict[tuple[UUID, int], datetime] = field(default_factory=dict[tuple[UUID, int], datetime])

    def add(self, fact: ScheduleFact, sequence: int, at: datetime) -> None:
        participant = fact.participant_id
        self.poll_of[participant] = fact.poll_id
        self.at[participant, sequence] = at
        match fact:
            case ParticipantJoined():
                self.links[participant] = fact.edit_hash
                self._stand(participant, sequence, Standing())
            case ParticipantRevised():
                standing = Standing(fact.role, fact.weight, fact.groups)
                self._stand(participant, sequence, standing)
            case ScheduleSubmitted():
                self._schedule(participant, sequence, _packed(fact))
            case ScheduleWithdrawn():
                self._schedule(participant, sequence, None)
            case ParticipantErased():
                self._erase(participant, sequence)
            case _:
                pass

    def _stand(self, participant: UUID, sequence: int, standing: Standing) -> None:
        self.standings.setdefault(participant, {})[sequence] = standing

    def _schedule(self, participant: UUID, sequence: int, schedule: bytes | None) -> None:
        self.schedules.setdefault(participant, {})[sequence] = schedule

    def _erase(self, participant: UUID, sequence: int) -> None:
        self.erased.add(participant)
        self.links.pop(participant, None)
        self.schedules.pop(participant, None)
        self.standings[participant] = {sequence: Standing(gone=True)}


def columns(
    rows: NewRows, values: Mapping[UUID, Mapping[int, Value]]
) -> tuple[dict[str, list[Any]], list[Value]]:
    """The columns that place values of `rows` in time, and the values.

    A value holds from its sequence `until` the next one of the same participant; the `first` of
    each ends the one stored before.
    """
    placed: dict[str, list[Any]] = {
        "polls": [],
        "participants": [],
        "sequences": [],
        "at": [],
        "until": [],
        "first": [],
    }
    for participant, by_sequence in values.items():
        ends = (*by_sequence, None)[1:]
        for number, (sequence, until) in enumerate(zip(by_sequence, ends, strict=True)):
            placed["polls"].append(rows.poll_of[participant])
            placed["participants"].append(participant)
            placed["sequences"].append(sequence)
            placed["at"].append(rows.at[participant, sequence])
            placed["until"].append(until)
            placed["first"].append(number == 0)
    return placed, [value for by_sequence in values.values() for value in by_sequence.values()]


def _packed(fact: ScheduleSubmitted) -> bytes:
    return pack(
        (microseconds(i.start), microseconds(i.end), _LEVELS[i.preference]) for i in fact.intervals
    )
