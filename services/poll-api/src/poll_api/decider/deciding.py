"""Which facts follow from a command."""

from typing import assert_never

from contracts.polls import (
    PollCancelled,
    PollClosed,
    PollDetails,
    PollFact,
    PollOpened,
    PollReopened,
    PollRevised,
)
from poll_api.decider import choosing, owning
from poll_api.decider.commands import (
    CancelPoll,
    ClaimPoll,
    ClosePoll,
    Command,
    DisownPoll,
    ErasePoll,
    FinaliseByRule,
    FinalisePoll,
    OpenPoll,
    RaiseRegret,
    ReopenPoll,
    RetirePoll,
    RevisePoll,
    RotateLink,
    TransferPoll,
)
from poll_api.decider.rejections import (
    AlreadyCancelled,
    AlreadyFinalised,
    EventStarted,
    NoSuchPoll,
)
from poll_api.decider.state import Poll, PollState, State, Unknown

_BY_ITSELF = FinaliseByRule | RaiseRegret | RetirePoll | DisownPoll


def decide(state: State, command: Command) -> list[PollFact]:
    """The facts that follow; none where the poll already is as commanded. Raises `Rejected`."""
    if isinstance(command, OpenPoll):
        return [_open(command)] if isinstance(state, Unknown) else []
    if isinstance(command, _BY_ITSELF):
        return _by_itself(state, command) if isinstance(state, Poll) else []
    if not isinstance(state, Poll):
        raise NoSuchPoll
    match command:
        case CancelPoll():
            return _cancel(state, command)
        case RotateLink():
            return owning.rotate(state, command)
        case ClaimPoll():
            return owning.claim(state, command)
        case TransferPoll():
            return owning.transfer(state, command)
        case ErasePoll():
            return owning.erase(state, command)
        case RevisePoll() | ClosePoll() | ReopenPoll() | FinalisePoll():
            return _while_it_lives(state, command)
        case _:
            assert_never(command)


def _by_itself(
    poll: Poll, command: FinaliseByRule | RaiseRegret | RetirePoll | DisownPoll
) -> list[PollFact]:
    match command:
        case FinaliseByRule():
            return choosing.finalise_by_rule(poll, command)
        case RaiseRegret():
            return choosing.raise_regret(poll, command)
        case RetirePoll():
            return owning.retire(poll, command)
        case DisownPoll():
            return owning.disown(poll, command)


def _while_it_lives(
    poll: Poll, command: RevisePoll | ClosePoll | ReopenPoll | FinalisePoll
) -> list[PollFact]:
    if poll.state is PollState.CANCELLED:
        raise AlreadyCancelled
    match command:
        case RevisePoll():
            return _revise(poll, command)
        case ClosePoll():
            return _close(poll, command)
        case ReopenPoll():
            return _reopen(poll, command)
        case FinalisePoll():
            return choosing.finalise(poll, command)


def _open(c: OpenPoll) -> PollOpened:
    return PollOpened(
        poll_id=c.poll_id,
        details=c.details,
        organiser_hash=c.organiser_hash,
        answer_hash=c.answer_hash,
        opened_at=c.now,
        owner=c.owner,
    )


def _revise(poll: Poll, c: RevisePoll) -> list[PollFact]:
    if c.details == poll.details:
        return []
    if poll.state is PollState.FINALISED and not _leaves_the_decision(poll.details, c.details):
        raise AlreadyFinalised
    return [PollRevised(poll_id=poll.poll_id, details=c.details, revised_at=c.now)]


def _leaves_the_decision(old: PollDetails, new: PollDetails) -> bool:
    """A typo in the title is corrected without reopening; what was decided upon is not."""
    free = {"title", "description", "access", "invited", "visibility"}
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


def _cancel(poll: Poll, c: CancelPoll) -> list[PollFact]:
    if poll.state is PollState.CANCELLED:
        return []
    return [PollCancelled(poll_id=poll.poll_id, cancelled_at=c.now)]
