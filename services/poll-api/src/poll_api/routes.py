"""The HTTP API of poll-api; status codes are decided here and nowhere deeper."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from chassis.application import Rejections
from chassis.conditional import etag, if_match, not_modified, required_match
from chassis.credentials import credential_of
from chassis.problems import problem_responses
from chassis.sequences import HEADER, format_sequences
from contracts.polls import Basis
from eventstore.edge import idempotent_request, respond
from poll_api import decider, handlers
from poll_api.answers import HistoryPage, OpenedPollAnswer, PollAnswer, history_page, poll_answer
from poll_api.decider import CancelPoll, ClosePoll, ReopenPoll
from poll_api.decision import FinaliseBody
from poll_api.proposal import Proposal
from poll_api.proposal_patch import ProposalPatch
from poll_api.service import Opened
from poll_api.visits import LABEL, Historian, Manager, Visitor

REJECTIONS: Rejections = {
    decider.NoSuchPoll: "not_found",
    decider.AlreadyFinalised: "poll_finalised",
    decider.AlreadyCancelled: "poll_cancelled",
    decider.EventStarted: "event_started",
}
_REPEATED = ("idempotency_key_reused", "idempotency_in_flight")
_LOOKING = ("not_found", "behind", "owner_unavailable")
_MANAGING = (*_LOOKING, "forbidden")
_CHANGING = (*_MANAGING, "precondition_failed", "poll_cancelled", "conflict")

router = APIRouter(prefix="/api/v1/polls", tags=["polls"])


@router.post(
    "",
    operation_id="open_poll",
    summary="Open a poll",
    status_code=201,
    response_model=OpenedPollAnswer,
    responses=problem_responses("invalid", *_REPEATED),
    dependencies=[Depends(credential_of)],
)
async def open_poll(body: Proposal, service: Opened, request: Request) -> Response:
    """The answer holds the organiser's and the participants' links; they are shown this once."""
    repeated = await idempotent_request(request)
    return respond(await handlers.open_poll(service, body, repeated), LABEL)


@router.get(
    "/{poll_id}",
    operation_id="get_poll",
    summary="Read a poll",
    response_model=PollAnswer,
    responses=problem_responses(*_LOOKING),
)
async def get_poll(visit: Visitor, request: Request) -> Response:
    """Everyone with one of the poll's links may; anyone at all where `access` is `public`."""
    return _shown(visit.poll.version, request, lambda: poll_answer(visit.poll))


@router.patch(
    "/{poll_id}",
    operation_id="revise_poll",
    summary="Revise a poll",
    response_model=PollAnswer,
    responses=problem_responses(*_CHANGING, "precondition_required", "poll_finalised"),
)
async def revise_poll(
    body: ProposalPatch, visit: Manager, service: Opened, request: Request
) -> Response:
    """A JSON merge patch: what is absent stays, null goes back to the default.

    Schedules stay as submitted. Once the poll is finalised only title, description, access and
    visibility change.
    """
    outcome = await handlers.revise(service, visit, body, required_match(request))
    return respond(outcome, LABEL)


@router.post(
    "/{poll_id}/close",
    operation_id="close_poll",
    summary="Close a poll",
    response_model=PollAnswer,
    responses=problem_responses(*_CHANGING, *_REPEATED, "poll_finalised"),
)
async def close_poll(visit: Manager, service: Opened, request: Request) -> Response:
    """It takes no more answers. Closing a closed poll changes nothing."""
    command = ClosePoll(visit.now)
    repeated = await idempotent_request(request)
    return respond(
        await handlers.change(service, visit, command, if_match(request), repeated), LABEL
    )


@router.post(
    "/{poll_id}/reopen",
    operation_id="reopen_poll",
    summary="Reopen a poll",
    response_model=PollAnswer,
    responses=problem_responses(*_CHANGING, *_REPEATED, "event_started"),
)
async def reopen_poll(visit: Manager, service: Opened, request: Request) -> Response:
    """From closed, or from finalised until the chosen start. A passed deadline is cleared."""
    command = ReopenPoll(visit.now)
    repeated = await idempotent_request(request)
    return respond(
        await handlers.change(service, visit, command, if_match(request), repeated), LABEL
    )


@router.post(
    "/{poll_id}/finalise",
    operation_id="finalise_poll",
    summary="Decide when the meeting is",
    response_model=PollAnswer,
    responses=problem_responses(*_CHANGING, *_REPEATED, "invalid", "poll_finalised"),
)
async def finalise_poll(
    body: FinaliseBody, visit: Manager, service: Opened, request: Request
) -> Response:
    """The event gets `event_id`, the same one each time this poll is finalised.

    `as_of` is kept with the decision; without it the poll as it is now.
    """
    basis = Basis(**body.as_of.model_dump()) if body.as_of else None
    repeated = await idempotent_request(request)
    match = if_match(request)
    return respond(
        await handlers.finalise(service, visit, body.start, basis, match, repeated), LABEL
    )


@router.post(
    "/{poll_id}/cancel",
    operation_id="cancel_poll",
    summary="Cancel a poll",
    response_model=PollAnswer,
    responses=problem_responses(*_CHANGING, *_REPEATED),
)
async def cancel_poll(visit: Manager, service: Opened, request: Request) -> Response:
    """For good, and its event with it. Cancelling a cancelled poll changes nothing."""
    command = CancelPoll(visit.now)
    repeated = await idempotent_request(request)
    return respond(
        await handlers.change(service, visit, command, if_match(request), repeated), LABEL
    )


@router.get(
    "/{poll_id}/history",
    operation_id="get_poll_history",
    summary="What happened to a poll",
    response_model=HistoryPage,
    responses=problem_responses(*_MANAGING),
)
async def get_poll_history(
    visit: Historian,
    service: Opened,
    request: Request,
    after: Annotated[int, Query(ge=0, description="The `next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """The poll's facts in order, for the organiser."""
    recorded = await service.store.read_key(str(visit.poll.poll_id), after, limit + 1)
    return _shown(visit.poll.version, request, lambda: history_page(recorded, limit))


def _shown(version: int, request: Request, shown: Callable[[], BaseModel]) -> Response:
    headers = {"ETag": etag(version), HEADER: format_sequences({LABEL: version})}
    unchanged = not_modified(request, etag(version))
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    body = shown().model_dump_json()
    return Response(body, media_type="application/json", headers=headers)
