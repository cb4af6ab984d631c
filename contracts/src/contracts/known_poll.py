"""What a service that does not own polls knows of one: a fold of the facts it has received."""

from typing import Literal
from uuid import UUID

from contracts.fact import Fact, Value
from contracts.polls import (
    PollCancelled,
    PollClosed,
    PollDetails,
    PollErased,
    PollFinalised,
    PollLinkRotated,
    PollOpened,
    PollOwnerChanged,
    PollReopened,
    PollRevised,
)

PollState = Literal["open", "closed", "finalised", "cancelled"]


class KnownPoll(Value):
    """`finalised` is the decision in force: None unless the poll's state is `finalised`."""

    poll_id: UUID
    state: PollState = "open"
    details: PollDetails
    organiser_hash: str
    answer_hash: str
    owner: UUID | None = None
    finalised: PollFinalised | None = None


def evolve(known: KnownPoll | None, fact: Fact) -> KnownPoll | None:
    """The poll after `fact`; None before it was opened and once it is erased.

    Facts of other kinds change nothing.
    """
    if isinstance(fact, PollErased):
        return None
    if isinstance(fact, PollOpened):
        return KnownPoll(
            poll_id=fact.poll_id,
            details=fact.details,
            organiser_hash=fact.organiser_hash,
            answer_hash=fact.answer_hash,
            owner=fact.owner,
        )
    return None if known is None else _evolve_opened(known, fact)


def _evolve_opened(known: KnownPoll, fact: Fact) -> KnownPoll:
    match fact:
        case PollRevised(details=details):
            return known.model_copy(update={"details": details})
        case PollClosed():
            return known.model_copy(update={"state": "closed"})
        case PollReopened(deadline=deadline):
            details = known.details.reopened(deadline)
            return known.model_copy(update={"state": "open", "details": details, "finalised": None})
        case PollFinalised():
            return known.model_copy(update={"state": "finalised", "finalised": fact})
        case PollCancelled():
            return known.model_copy(update={"state": "cancelled", "finalised": None})
        case PollLinkRotated(which=which, token_hash=token_hash):
            return known.model_copy(update={f"{which}_hash": token_hash})
        case PollOwnerChanged(owner=owner):
            return known.model_copy(update={"owner": owner})
        case _:
            return known
