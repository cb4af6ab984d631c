"""Carries out what an organiser wants of a poll."""

from datetime import datetime
from typing import Literal

from chassis.identifiers import uuid7
from chassis.problems import FieldError, Problem, invalid
from contracts.polls import Basis
from eventstore.idempotency import IdempotentRequest
from eventstore.transact import Outcome, VersionMismatch
from poll_api.decider import (
    BasisAhead,
    Command,
    FinalisePoll,
    OutsideWindow,
    RevisePoll,
    State,
)
from poll_api.details import settled
from poll_api.handlers.transacting import Match, command
from poll_api.proposal_patch import ProposalPatch, patched
from poll_api.service import Service
from poll_api.visits import SCHEDULES, Visit


async def revise(
    service: Service, visit: Visit, patch: ProposalPatch, match: int | Literal["*"]
) -> Outcome[State]:
    """Apply the patch to the poll as the caller knows it.

    Raises the problems `invalid`, `precondition_failed`, and `conflict` where the caller takes
    any version and it moved meanwhile.
    """
    poll = visit.poll
    if match not in ("*", poll.version):
        raise VersionMismatch(poll.version)
    details = settled(patched(poll.details, patch), visit.now, before=poll.details)
    try:
        return await change(service, visit, RevisePoll(details, visit.now), poll.version)
    except VersionMismatch:
        if match == "*":
            raise Problem("conflict") from None
        raise


async def finalise(
    service: Service,
    visit: Visit,
    start: datetime,
    as_of: Basis | None,
    match: Match,
    request: IdempotentRequest | None,
) -> Outcome[State]:
    """Decide on a start. Raises the problem `invalid` where the window or the basis forbid it."""
    schedules = await service.inbox.seen(SCHEDULES, str(visit.poll.poll_id))
    finalising = FinalisePoll(start, uuid7(), as_of, schedules, visit.now)
    try:
        return await change(service, visit, finalising, match, request)
    except OutsideWindow:
        detail = "the meeting must lie within the window"
        raise invalid(FieldError("/start", "outside_window", detail)) from None
    except BasisAhead:
        detail = "the poll has not come that far"
        raise invalid(FieldError("/as_of/polls", "ahead", detail)) from None


async def change(
    service: Service,
    visit: Visit,
    wanted: Command,
    match: Match = None,
    request: IdempotentRequest | None = None,
) -> Outcome[State]:
    """Let the decider decide. Raises its rejections, and `VersionMismatch` against `match`."""
    poll_id = visit.poll.poll_id
    return await command(service, poll_id, wanted, visit.actor, match=match, request=request)
