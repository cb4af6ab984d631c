"""What may happen to one participant of a poll. Pure: no clock, no I/O, no randomness.

Every command brings the poll as this service knows it and the instant that counts.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from contracts.fact import Fact
from contracts.known_poll import KnownPoll
from contracts.schedules import (
    FreeInterval,
    ParticipantErased,
    ParticipantJoined,
    ParticipantLinkRotated,
    ParticipantRevised,
    Role,
    ScheduleFact,
    ScheduleSubmitted,
    ScheduleWithdrawn,
)


@dataclass(frozen=True)
class NotJoined:
    """Nobody of that id has joined."""


@dataclass(frozen=True)
class Standing:
    """What the organiser says of a participant."""

    role: Role = "optional"
    weight: int = 1
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Joined:
    """`version` counts the facts, `schedule_version` is the one that last touched the schedule."""

    poll_id: UUID
    edit_hash: str
    joined_at: datetime
    version: int = 1
    standing: Standing = Standing()
    schedule: tuple[FreeInterval, ...] | None = None
    schedule_version: int = 1


@dataclass(frozen=True)
class Erased:
    """The participant left and nothing of them is kept."""


State = NotJoined | Joined | Erased


@dataclass(frozen=True)
class PollSeen:
    """The poll as known here, and up to which sequence of its facts."""

    poll: KnownPoll
    sequence: int


@dataclass(frozen=True)
class Join:
    participant_id: UUID
    edit_hash: str
    seen: PollSeen
    now: datetime


@dataclass(frozen=True)
class SetStanding:
    """None leaves a part as it is."""

    participant_id: UUID
    seen: PollSeen
    now: datetime
    role: Role | None = None
    weight: int | None = None
    groups: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Submit:
    """`intervals` in their one form; `expected` is the version of the schedule it replaces."""

    participant_id: UUID
    intervals: tuple[FreeInterval, ...]
    seen: PollSeen
    now: datetime
    expected: int | None = None


@dataclass(frozen=True)
class Withdraw:
    participant_id: UUID
    seen: PollSeen
    now: datetime


@dataclass(frozen=True)
class RotateLink:
    """`edit_hash` is that of the edit capability which works from now on."""

    participant_id: UUID
    edit_hash: str
    seen: PollSeen
    now: datetime


@dataclass(frozen=True)
class Erase:
    participant_id: UUID
    seen: PollSeen
    now: datetime


Command = Join | SetStanding | Submit | Withdraw | RotateLink | Erase


class Rejected(Exception):
    """The participant does not allow this command now."""

    def __str__(self) -> str:
        return super().__str__() or (self.__doc__ or "")


class UnknownParticipant(Rejected):
    """There is no such participant in this poll."""


class PollIsClosed(Rejected):
    """The poll is closed: it takes no answers now."""


class PollIsCancelled(Rejected):
    """The poll was cancelled: it takes no answers."""


class EventHasStarted(Rejected):
    """The chosen time has come: answers no longer change."""


class ScheduleChanged(Rejected):
    """The schedule is not the one named in If-Match: read it again."""


def initial() -> State:
    return NotJoined()


def evolve(state: State, fact: Fact) -> State:
    if isinstance(fact, ParticipantJoined):
        return Joined(fact.poll_id, fact.edit_hash, fact.joined_at)
    if not isinstance(state, Joined) or not isinstance(fact, ScheduleFact):
        return state
    return _evolve_joined(replace(state, version=state.version + 1), fact)


def _evolve_joined(state: Joined, fact: ScheduleFact) -> State:
    match fact:
        case ParticipantRevised():
            return replace(state, standing=Standing(fact.role, fact.weight, fact.groups))
        case ScheduleSubmitted():
            return replace(state, schedule=fact.intervals, schedule_version=state.version)
        case ScheduleWithdrawn():
            return replace(state, schedule=None, schedule_version=state.version)
        case ParticipantLinkRotated():
            return replace(state, edit_hash=fact.edit_hash)
        case ParticipantErased():
            return Erased()
        case _:
            return state


def decide(state: State, command: Command) -> list[Fact]:
    match command:
        case Join():
            return _join(state, command)
        case SetStanding():
            return _set_standing(_joined(state, command), command)
        case Submit():
            return _submit(_joined(state, command), command)
        case Withdraw():
            return _withdraw(_joined(state, command), command)
        case RotateLink():
            return _rotate_link(_joined(state, command), command)
        case Erase():
            return _erase(state, command)
        case _:
            assert_never(command)


def _joined(state: State, command: SetStanding | Submit | Withdraw | RotateLink) -> Joined:
    if not isinstance(state, Joined) or state.poll_id != command.seen.poll.poll_id:
        raise UnknownParticipant
    return state


def _refuse_late_answers(command: Join | Submit | Withdraw) -> None:
    """A finalised poll goes on taking changes until its start: plans change."""
    poll = command.seen.poll
    deadline = poll.details.deadline
    if poll.state == "cancelled":
        raise PollIsCancelled
    if poll.finalised is not None:
        if command.now >= poll.finalised.start:
            raise EventHasStarted
        return
    if poll.state == "closed" or (deadline is not None and command.now >= deadline):
        raise PollIsClosed


def _join(state: State, c: Join) -> list[Fact]:
    if not isinstance(state, NotJoined):
        return []
    _refuse_late_answers(c)
    return [
        ParticipantJoined(
            poll_id=c.seen.poll.poll_id,
            participant_id=c.participant_id,
            polls_sequence=c.seen.sequence,
            edit_hash=c.edit_hash,
            joined_at=c.now,
        )
    ]


def _set_standing(state: Joined, c: SetStanding) -> list[Fact]:
    old = state.standing
    standing = Standing(
        role=old.role if c.role is None else c.role,
        weight=old.weight if c.weight is None else c.weight,
        groups=old.groups if c.groups is None else c.groups,
    )
    if standing == old:
        return []
    return [
        ParticipantRevised(
            poll_id=state.poll_id,
            participant_id=c.participant_id,
            polls_sequence=c.seen.sequence,
            role=standing.role,
            weight=standing.weight,
            groups=standing.groups,
            revised_at=c.now,
        )
    ]


def _submit(state: Joined, c: Submit) -> list[Fact]:
    _refuse_late_answers(c)
    if c.expected is not None and c.expected != state.schedule_version:
        raise ScheduleChanged
    if c.intervals == state.schedule:
        return []
    return [
        ScheduleSubmitted(
            poll_id=state.poll_id,
            participant_id=c.participant_id,
            polls_sequence=c.seen.sequence,
            intervals=c.intervals,
            submitted_at=c.now,
        )
    ]


def _withdraw(state: Joined, c: Withdraw) -> list[Fact]:
    _refuse_late_answers(c)
    if state.schedule is None:
        return []
    return [
        ScheduleWithdrawn(
            poll_id=state.poll_id,
            participant_id=c.participant_id,
            polls_sequence=c.seen.sequence,
            withdrawn_at=c.now,
        )
    ]


def _rotate_link(state: Joined, c: RotateLink) -> list[Fact]:
    """Whatever the state of the poll: a leaked link must die in a closed one too."""
    if c.edit_hash == state.edit_hash:
        return []
    return [
        ParticipantLinkRotated(
            poll_id=state.poll_id,
            participant_id=c.participant_id,
            polls_sequence=c.seen.sequence,
            edit_hash=c.edit_hash,
            rotated_at=c.now,
        )
    ]


def _erase(state: State, c: Erase) -> list[Fact]:
    if isinstance(state, Erased):
        return []
    if not isinstance(state, Joined) or state.poll_id != c.seen.poll.poll_id:
        raise UnknownParticipant
    return [
        ParticipantErased(
            poll_id=state.poll_id,
            participant_id=c.participant_id,
            polls_sequence=c.seen.sequence,
            erased_at=c.now,
        )
    ]
