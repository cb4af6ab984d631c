"""What happens to a poll in time: closed, reopened, decided, cancelled."""

from fastapi import APIRouter, Request, Response

from chassis.conditional import if_match
from chassis.problems import problem_responses
from contracts.polls import Basis
from eventstore.edge import idempotent_request, respond
from poll_api import handlers
from poll_api.answers import PollAnswer
from poll_api.decider import CancelPoll, ClosePoll, ReopenPoll
from poll_api.decision import FinaliseBody
from poll_api.routes.refusing import CHANGING, REPEATED
from poll_api.service import Opened
from poll_api.visits import LABEL, Manager

router = APIRouter(prefix="/api/v1/polls", tags=["polls"])


@router.post(
    "/{poll_id}/close",
    operation_id="close_poll",
    summary="Close a poll",
    response_model=PollAnswer,
    responses=problem_responses(*CHANGING, *REPEATED, "poll_finalised"),
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
    responses=problem_responses(*CHANGING, *REPEATED, "event_started"),
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
    responses=problem_responses(*CHANGING, *REPEATED, "invalid", "poll_finalised"),
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
    responses=problem_responses(*CHANGING, *REPEATED),
)
async def cancel_poll(visit: Manager, service: Opened, request: Request) -> Response:
    """For good, and its event with it. Cancelling a cancelled poll changes nothing."""
    command = CancelPoll(visit.now)
    repeated = await idempotent_request(request)
    return respond(
        await handlers.change(service, visit, command, if_match(request), repeated), LABEL
    )
