"""What a batch of participants' facts changes: rows of the tables, before anything is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from contracts.schedules import (
    FreeInterval,
    ParticipantErased,
    ParticipantJoined,
    ParticipantLinkRotated,
    ParticipantRevised,
    ScheduleFact,
    ScheduleSubmitted,
    ScheduleWithdrawn,
)
from recommender.known_polls import microseconds
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED, pack

Value = TypeVar("Value")
Stored: TypeAlias = tuple[datetime, Value]
"""What became of a fact, and when its owner stored the fact."""
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
    """By participant and in order of sequence."""

    poll_of: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    links: dict[UUID, str] = field(default_factory=dict[UUID, str])
    standings: dict[UUID, dict[int, Stored[Standing]]] = field(
        default_factory=dict[UUID, dict[int, Stored[Standing]]]
    )
    schedules: dict[UUID, dict[int, Stored[bytes | None]]] = field(
        default_factory=dict[UUID, dict[int, Stored[bytes | None]]]
    )
    erased: set[UUID] = field(default_factory=set[UUID])

    def add(self, fact: ScheduleFact, sequence: int, at: datetime) -> None:
        participant = fact.participant_id
        self.poll_of[participant] = fact.poll_id
        match fact:
            case ParticipantJoined():
                self.links[participant] = fact.edit_hash
                self._stand(participant, sequence, (at, Standing()))
            case ParticipantLinkRotated():
                self.links[participant] = fact.edit_hash
            case ParticipantRevised():
                standing = Standing(fact.role, fact.weight, fact.groups)
                self._stand(participant, sequence, (at, standing))
            case ScheduleSubmitted():
                self._schedule(participant, sequence, (at, packed(fact.intervals)))
            case ScheduleWithdrawn():
                self._schedule(participant, sequence, (at, None))
            case ParticipantErased():
                self._erase(participant, sequence, at)
            case _:
                pass

    def _stand(self, participant: UUID, sequence: int, standing: Stored[Standing]) -> None:
        self.standings.setdefault(participant, {})[sequence] = standing

    def _schedule(self, participant: UUID, sequence: int, schedule: Stored[bytes | None]) -> None:
        self.schedules.setdefault(participant, {})[sequence] = schedule

    def _erase(self, participant: UUID, sequence: int, at: datetime) -> None:
        self.erased.add(participant)
        self.links.pop(participant, None)
        self.schedules.pop(participant, None)
        self.standings[participant] = {sequence: (at, Standing(gone=True))}


def columns(
    poll_of: Mapping[UUID, UUID], values: Mapping[UUID, Mapping[int, Stored[Value]]]
) -> tuple[dict[str, list[Any]], list[Value]]:
    """The columns that place values in time, and the values.

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
    listed: list[Value] = []
    for participant, by_sequence in values.items():
        ends = (*by_sequence, None)[1:]
        for (sequence, (at, value)), until in zip(by_sequence.items(), ends, strict=True):
            placed["polls"].append(poll_of[participant])
            placed["participants"].append(participant)
            placed["sequences"].append(sequence)
            placed["at"].append(at)
            placed["until"].append(until)
            listed.append(value)
        placed["first"] += [True] + [False] * (len(by_sequence) - 1)
    return placed, listed


def packed(intervals: Iterable[FreeInterval]) -> bytes:
    """A schedule as it is stored and ranked."""
    return pack(
        (microseconds(i.start), microseconds(i.end), _LEVELS[i.preference]) for i in intervals
    )
