"""What may happen to a poll. Pure: no clock, no I/O, no randomness.

Reads top to bottom: state, commands, rejections, evolve, decide.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from contracts.polls import (
    Basis,
    PollCancelled,
    PollClosed,
    PollDetails,
    PollFact,
    PollFinalised,
    PollOpened,
    PollReopened,
    PollRevised,
)


class PollState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    FINALISED = "finalised"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Unknown:
    """No fact yet."""


@dataclass(frozen=True)
class Decision:
    """When the meeting is, and what the organiser, or the poll's rule, was looking at."""

    start: datetime
    end: datetime
    basis: Basis
    automatic: bool = False


@dataclass(frozen=True)
class Poll:
    """A poll that was opened.

    `version` counts its facts. `event_id` stays once minted, `decision` is gone after reopening.
    """

    poll_id: UUID
    details: PollDetails
    organiser_hash: str
    answer_hash: str
    opened_at: datetime
    owner: UUID | None = None
    state: PollState = PollState.OPEN
    version: int = 1
    event_id: UUID | None = None
    decision: Decision | None = None


State = Unknown | Poll


@dataclass(frozen=True)
class OpenPoll:
    poll_id: UUID
    details: PollDetails
    organiser_hash: str
    answer_hash: str
    now: datetime


@dataclass(frozen=True)
class RevisePoll:
    """`details` in full, as they are to be."""

    details: PollDetails
    now: datetime


@dataclass(frozen=True)
class ClosePoll:
    now: datetime


@dataclass(frozen=True)
class ReopenPoll:
    now: datetime


@dataclass(frozen=True)
class FinalisePoll:
    """`event_id` is used when this poll is finalised for the first time.

    `as_of` is what the organiser was looking at; without it, or where it does not tell, the poll
    as it is and `schedules`, the sequence of the facts about schedules that have arrived.
    """

    start: datetime
    event_id: UUID
    as_of: Basis | None
    schedules: int
    now: datetime


@dataclass(frozen=True)
class FinaliseByRule:
    """The recommendations as of `as_of` fulfil the poll's rule with a meeting at `start`.

    `schedules` is the sequence of the facts about schedules that have arrived.
    """

    start: datetime
    event_id: UUID
    as_of: Basis
    schedules: int
    now: datetime


@dataclass(frozen=True)
class CancelPoll:
    now: datetime


Command = (
    OpenPoll | RevisePoll | ClosePoll | ReopenPoll | FinalisePoll | FinaliseByRule | CancelPoll
)


class Rejected(Exception):
    """The poll does not allow this command now."""


class NoSuchPoll(Rejected):
    """There is no such poll."""


class AlreadyFinalised(Rejected):
    """The poll is finalised; reopen it first."""


class AlreadyCancelled(Rejected):
    """The poll is cancelled, and that is final."""


class EventStarted(Rejected):
    """The chosen time has begun; the poll can no longer be reopened."""


class OutsideWindow(Rejected):
    """The meeting must lie within the window."""


class BasisAhead(Rejected):
    """The poll has not come that far."""


def initial() -> State:
    return Unknown()


def evolve(state: State, fact: PollFact) -> State:
    if isinstance(state, Unknown):
        return _opened(fact) if isinstance(fact, PollOpened) else state
    poll = replace(state, version=state.version + 1)
    match fact:
        case PollRevised():
            return replace(poll, details=fact.details)
        case PollClosed():
            return replace(poll, state=PollState.CLOSED)
        case PollReopened():
            details = poll.details.reopened(fact.deadline)
            return replace(poll, state=PollState.OPEN, details=details, decision=None)
        case PollFinalised():
            return replace(
                poll,
                state=PollState.FINALISED,
                event_id=fact.event_id,
                decision=Decision(fact.start, fact.end, fact.basis, fact.automatic),
            )
        case PollCancelled():
            return replace(poll, state=PollState.CANCELLED)
        case _:
            return poll


def decide(state: State, command: Command) -> list[PollFact]:
    """The facts that follow; none where the poll already is as commanded. Raises `Rejected`."""
    if isinstance(command, OpenPoll):
        return [_open(command)] if isinstance(state, Unknown) else []
    if isinstance(command, FinaliseByRule):
        return _finalise_by_rule(state, command)
    if isinstance(state, Unknown):
        raise NoSuchPoll
    if isinstance(command, CancelPoll):
        return _cancel(state, command)
    if state.state is PollState.CANCELLED:
        raise AlreadyCancelled
    match command:
        case RevisePoll():
            return _revise(state, command)
        case ClosePoll():
            return _close(state, command)
        case ReopenPoll():
            return _reopen(state, command)
        case FinalisePoll():
            return _finalise(state, command)
        case _:
            assert_never(command)


def _opened(fact: PollOpened) -> Poll:
    return Poll(
        poll_id=fact.poll_id,
        details=fact.details,
        organiser_hash=fact.organiser_hash,
        answer_hash=fact.answer_hash,
        opened_at=fact.opened_at,
        owner=fact.owner,
    )


def _open(c: OpenPoll) -> PollOpened:
    return PollOpened(
        poll_id=c.poll_id,
        details=c.details,
        organiser_hash=c.organiser_hash,
        answer_hash=c.answer_hash,
        opened_at=c.now,
    )


def _revise(poll: Poll, c: RevisePoll) -> list[PollFact]:
    if c.details == poll.details:
        return []
    if poll.state is PollState.FINALISED and not _leaves_the_decision(poll.details, c.details):
        raise AlreadyFinalised
    return [PollRevised(poll_id=poll.poll_id, details=c.details, revised_at=c.now)]


def _leaves_the_decision(old: PollDetails, new: PollDetails) -> bool:
    """A typo in the title is corrected without reopening; what was decided upon is not."""
    free = {"title", "description", "access", "visibility"}
    return old.model_copy(update={name: getattr(new, name) for name in free}) == new


def _close(poll: Poll, c: ClosePoll) -> list[PollFact]:
    if poll.state is PollState.FINALISED:
        raise AlreadyFinalised
    if poll.state is PollState.CLOSED:
        return []
    return [PollClosed(poll_id=poll.poll_id, reason="manual", closed_at=c.now)]


def _reopen(poll: Poll, c: ReopenPoll) -> list[PollFact]:
    if poll.state is PollState.OPEN:
        return []
    if poll.decision is not None and poll.decision.start <= c.now:
        raise EventStarted
    deadline = poll.details.deadline
    if deadline is not None and deadline <= c.now:
        deadline = None
    return [PollReopened(poll_id=poll.poll_id, deadline=deadline, reopened_at=c.now)]


def _finalise(poll: Poll, c: FinalisePoll) -> list[PollFact]:
    if poll.decision is not None:
        if poll.decision.start == c.start:
            return []
        raise AlreadyFinalised
    if not _fits(poll.details, c.start):
        raise OutsideWindow
    basis = c.as_of or Basis(polls=poll.version)
    if basis.polls > poll.version:
        raise BasisAhead
    if basis.schedules is None:
        basis = basis.model_copy(update={"schedules": c.schedules})
    return [_finalised(poll, c, basis)]


def _finalise_by_rule(state: State, c: FinaliseByRule) -> list[PollFact]:
    """Nobody is there to be refused: what is not the case any more is left alone."""
    if not isinstance(state, Poll) or not _asks_for(state, c):
        return []
    return [_finalised(state, c, c.as_of, automatic=True)]


def _asks_for(poll: Poll, c: FinaliseByRule) -> bool:
    """Whether the rule is in force, and nothing happened since what was recommended.

    Where something did, recommendations that know of it are on their way.
    """
    return (
        poll.state in (PollState.OPEN, PollState.CLOSED)
        and poll.details.rules.auto_finalise is not None
        and c.as_of.polls == poll.version
        and c.as_of.schedules is not None
        and c.as_of.schedules >= c.schedules
        and c.start > c.now
        and _fits(poll.details, c.start)
    )


def _fits(details: PollDetails, start: datetime) -> bool:
    return details.window.start <= start <= details.window.end - details.duration


def _finalised(
    poll: Poll, c: FinalisePoll | FinaliseByRule, basis: Basis, *, automatic: bool = False
) -> PollFinalised:
    return PollFinalised(
        poll_id=poll.poll_id,
        start=c.start,
        end=c.start + poll.details.duration,
        event_id=poll.event_id or c.event_id,
        basis=basis,
        finalised_at=c.now,
        automatic=automatic,
    )


def _cancel(poll: Poll, c: CancelPoll) -> list[PollFact]:
    if poll.state is PollState.CANCELLED:
        return []
    return [PollCancelled(poll_id=poll.poll_id, cancelled_at=c.now)]
