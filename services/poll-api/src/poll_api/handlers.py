"""Carries out commands: makes ids and capabilities, settles what is asked for, stores facts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.access import Role, hash_of, mint
from chassis.identifiers import uuid7
from chassis.problems import FieldError, Problem, invalid
from chassis.tracing import current_traceparent
from contracts.polls import Basis
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.transact import Outcome, VersionMismatch, transact
from poll_api import decider
from poll_api.answers import PollSecrets, opened_poll_answer, poll_answer
from poll_api.decider import (
    BasisAhead,
    Command,
    FinalisePoll,
    OpenPoll,
    OutsideWindow,
    Poll,
    RevisePoll,
    State,
)
from poll_api.details import settled
from poll_api.proposal import Proposal
from poll_api.proposal_patch import ProposalPatch, patched
from poll_api.service import Service
from poll_api.visits import SCHEDULES, Visit

Match = int | Literal["*"] | None


async def open_poll(
    service: Service, proposal: Proposal, request: IdempotentRequest | None
) -> Outcome[State]:
    """A new poll; its capabilities are in the answer and nowhere else.

    Raises the problem `invalid`, but not where the request was answered while it was valid.
    """
    replay = await service.store.replayed(request) if request else None
    if replay is not None:
        return Outcome(decider.initial(), replay.version, replay.sequence, (), replay.answer, True)
    now, poll_id = service.clock(), uuid7()
    capabilities = PollSecrets(organiser=mint("organiser"), answer=mint("answer"))
    command = OpenPoll(
        poll_id=poll_id,
        details=settled(proposal, now),
        organiser_hash=hash_of(capabilities.organiser),
        answer_hash=hash_of(capabilities.answer),
        now=now,
    )

    def answer(state: State, version: int) -> Answer:
        assert isinstance(state, Poll)
        page = f"{service.public_url}/p/{poll_id}"
        links = PollSecrets(
            organiser=f"{page}#{capabilities.organiser}", answer=f"{page}#{capabilities.answer}"
        )
        body = opened_poll_answer(state, capabilities, links).model_dump_json().encode()
        path = f"/api/v1/polls/{poll_id}"
        return Answer(201, body, {"Location": path, "Cache-Control": "no-store"})

    return await transact(
        service.store,
        decider,
        stream_of(poll_id),
        command,
        key=str(poll_id),
        answer=answer,
        request=request,
        metadata=_metadata(Role.ANYONE),
        is_new=True,
    )


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
    command = FinalisePoll(start, uuid7(), as_of, schedules, visit.now)
    try:
        return await change(service, visit, command, match, request)
    except OutsideWindow:
        detail = "the meeting must lie within the window"
        raise invalid(FieldError("/start", "outside_window", detail)) from None
    except BasisAhead:
        detail = "the poll has not come that far"
        raise invalid(FieldError("/as_of/polls", "ahead", detail)) from None


async def change(
    service: Service,
    visit: Visit,
    command: Command,
    match: Match = None,
    request: IdempotentRequest | None = None,
) -> Outcome[State]:
    """Let the decider decide. Raises its rejections, and `VersionMismatch` against `match`."""
    poll_id = visit.poll.poll_id
    return await transact(
        service.store,
        decider,
        stream_of(poll_id),
        command,
        key=str(poll_id),
        answer=_changed,
        expected_version=None if match == "*" else match,
        request=request,
        metadata=_metadata(visit.caller.role),
    )


def _changed(state: State, _version: int) -> Answer:
    assert isinstance(state, Poll)
    return Answer(200, poll_answer(state).model_dump_json().encode())


def stream_of(poll_id: UUID) -> str:
    return f"poll-{poll_id}"


def _metadata(actor: Role) -> Mapping[str, Any]:
    return {"actor": actor.value, "traceparent": current_traceparent()}
