"""A poll as it is: a fold of its facts."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.fact import Span
from contracts.polls import (
    Basis,
    PollCancelled,
    PollClosed,
    PollDetails,
    PollErased,
    PollFact,
    PollFinalised,
    PollLinkRotated,
    PollOpened,
    PollOwnerChanged,
    PollRegretRaised,
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
class Erased:
    """There was a poll, and nothing is known of it."""


@dataclass(frozen=True)
class Decision:
    """When the meeting is, and what the organiser, or the poll's rule, was looking at."""

    start: datetime
    end: datetime
    basis: Basis
    automatic: bool = False


@dataclass(frozen=True)
class Regret:
    """So many people more than at the decided time could come at a better one."""

    better: Span
    people: int


@dataclass(frozen=True)
class Poll:
    """A poll that was opened.

    `version` counts its facts. `event_id` stays once minted, `decision` is gone after reopening,
    and `regret`, the last that was raised about a decision, with it.
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
    regret: Regret | None = None


State = Unknown | Poll | Erased


def initial() -> State:
    return Unknown()


def evolve(state: State, fact: PollFact) -> State:
    match state:
        case Unknown():
            return _opened(fact) if isinstance(fact, PollOpened) else state
        case Erased():
            return state
        case Poll():
            if isinstance(fact, PollErased):
                return Erased()
            return _evolve(replace(state, version=state.version + 1), fact)


def _evolve(poll: Poll, fact: PollFact) -> Poll:
    match fact:
        case PollRevised():
            return replace(poll, details=fact.details)
        case PollClosed():
            return replace(poll, state=PollState.CLOSED)
        case PollReopened():
            details = poll.details.reopened(fact.deadline)
            return replace(_undecided(poll), state=PollState.OPEN, details=details)
        case PollFinalised():
            return replace(
                poll,
                state=PollState.FINALISED,
                event_id=fact.event_id,
                decision=Decision(fact.start, fact.end, fact.basis, fact.automatic),
                regret=None,
            )
        case PollCancelled():
            return replace(poll, state=PollState.CANCELLED)
        case PollLinkRotated(which="organiser"):
            return replace(poll, organiser_hash=fact.token_hash)
        case PollLinkRotated():
            return replace(poll, answer_hash=fact.token_hash)
        case PollOwnerChanged():
            return replace(poll, owner=fact.owner)
        case PollRegretRaised():
            return replace(poll, regret=Regret(fact.better, fact.people))
        case _:
            return poll


def _undecided(poll: Poll) -> Poll:
    return replace(poll, decision=None, regret=None)


def _opened(fact: PollOpened) -> Poll:
    return Poll(
        poll_id=fact.poll_id,
        details=fact.details,
        organiser_hash=fact.organiser_hash,
        answer_hash=fact.answer_hash,
        opened_at=fact.opened_at,
        owner=fact.owner,
    )
