"""How a poll gets its time, by hand or by its rule, and how it is told of a better one."""

from datetime import datetime

from contracts.polls import (
    Basis,
    PollDetails,
    PollFact,
    PollFinalised,
    PollRegretRaised,
)
from poll_api.decider.commands import FinaliseByRule, FinalisePoll, RaiseRegret
from poll_api.decider.rejections import AlreadyFinalised, BasisAhead, OutsideWindow
from poll_api.decider.state import Poll, PollState


def finalise(poll: Poll, c: FinalisePoll) -> list[PollFact]:
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


def finalise_by_rule(poll: Poll, c: FinaliseByRule) -> list[PollFact]:
    """Nobody is there to be refused: what is not the case any more is left alone."""
    wanted = (
        poll.state in (PollState.OPEN, PollState.CLOSED)
        and poll.details.rules.auto_finalise is not None
        and _is_current(poll, c)
        and c.start > c.now
        and _fits(poll.details, c.start)
    )
    return [_finalised(poll, c, c.as_of, automatic=True)] if wanted else []


def raise_regret(poll: Poll, c: RaiseRegret) -> list[PollFact]:
    """Of one decision only ever more people are told of: the rest is no news."""
    raised = poll.regret.people if poll.regret else 0
    wanted = (
        poll.state is PollState.FINALISED
        and poll.decision is not None
        and poll.decision.start == c.start
        and _is_current(poll, c)
        and min(c.start, c.better.start) > c.now
        and c.people > raised
    )
    if not wanted:
        return []
    return [
        PollRegretRaised(
            poll_id=poll.poll_id,
            start=c.start,
            better=c.better,
            people=c.people,
            basis=c.as_of,
            raised_at=c.now,
        )
    ]


def _is_current(poll: Poll, c: FinaliseByRule | RaiseRegret) -> bool:
    """Whether nothing happened since what was recommended.

    Where something did, recommendations that know of it are on their way.
    """
    return (
        c.as_of.polls == poll.version
        and c.as_of.schedules is not None
        and c.as_of.schedules >= c.schedules
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
