"""The HTTP API of participants; status codes are decided here and nowhere deeper."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from availability import edit_links, handlers, readings
from availability.bodies import (
    JoinBody,
    JoinedParticipant,
    Participant,
    ParticipantPage,
    ReviseBody,
    RotatedLink,
)
from availability.decider import (
    EventHasStarted,
    PollIsCancelled,
    PollIsClosed,
    ScheduleChanged,
    UnknownParticipant,
)
from availability.profiles import UnknownProfile
from availability.readings import Row
from availability.service import Opened, Service
from availability.showing import LABEL, show
from availability.visits import Visit, Visitor, visit
from chassis.access import Operation
from chassis.application import Rejections
from chassis.conditional import etag
from chassis.credentials import Shown
from chassis.problems import problem_responses
from chassis.sequences import min_sequence
from eventstore.edge import idempotent_request, respond, respond_again

REJECTIONS: Rejections = {
    UnknownParticipant: "not_found",
    UnknownProfile: "not_found",
    PollIsClosed: "poll_closed",
    PollIsCancelled: "poll_cancelled",
    EventHasStarted: "event_started",
    ScheduleChanged: "precondition_failed",
}

router = APIRouter(prefix="/api/v1/polls/{poll_id}", tags=["participants"])
After = Annotated[UUID | None, Query(description="The `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000)]
LOOKING = ("not_found", "forbidden", "behind", "owner_unavailable")
ANSWERING = (*LOOKING, "poll_closed", "poll_cancelled", "event_started", "conflict")
_REPEATED = ("idempotency_key_reused", "idempotency_in_flight")


@router.post(
    "/participants",
    operation_id="join_poll",
    summary="Join a poll",
    status_code=201,
    response_model=JoinedParticipant,
    responses=problem_responses(*ANSWERING, *_REPEATED, "poll_full"),
)
async def join_poll(body: JoinBody, visit: Visitor, service: Opened, request: Request) -> Response:
    """Anyone with the answer link may join, under any name; no name is ever overwritten."""
    visit.permit(Operation.JOIN)
    repeated = await idempotent_request(request)
    return respond(await edit_links.join(service, visit, body, repeated), LABEL)


@router.get(
    "/participants",
    operation_id="list_participants",
    summary="Who is in, and who has answered",
    response_model=ParticipantPage,
    responses=problem_responses(*LOOKING),
)
async def list_participants(
    visit: Visitor,
    service: Opened,
    request: Request,
    after: After = None,
    limit: Limit = 100,
    answered: Annotated[
        bool | None, Query(description="Only those who have answered, or those who are missing")
    ] = None,
) -> Response:
    """In the order in which they joined; names where the poll shows them.

    `?answered=false` are those who are missing; `totals` counts everybody.
    """
    visit.permit(Operation.SEE_POLL)
    page = await readings.read_participants(service.pool, visit, after, limit, answered)
    return await show(service, visit, request, page.model_dump_json().encode())


@router.get(
    "/participants/{participant_id}",
    operation_id="get_participant",
    summary="One participant",
    response_model=Participant,
    responses=problem_responses(*LOOKING),
)
async def get_participant(
    participant_id: UUID, visit: Visitor, service: Opened, request: Request
) -> Response:
    """E-mail and note are shown to the participant and the organiser only."""
    visit.permit(Operation.SEE_POLL)
    row = await readings.read_one(service.pool, visit, participant_id)
    return await _show_one(service, visit, request, row)


@router.patch(
    "/participants/{participant_id}",
    operation_id="revise_participant",
    summary="Change a participant's profile or standing",
    response_model=Participant,
    responses=problem_responses(*LOOKING, "conflict"),
)
async def revise_participant(
    participant_id: UUID, body: ReviseBody, visit: Visitor, service: Opened, request: Request
) -> Response:
    """With the edit link the profile changes, with the organiser's the standing."""
    if body.touches_profile:
        visit.permit(Operation.CHANGE_PROFILE, participant_id)
    if body.touches_standing or not body.touches_profile:
        visit.permit(Operation.SET_STANDING)
    await handlers.revise(service, visit, participant_id, body)
    row = await readings.read_one(service.pool, visit, participant_id)
    return await _show_one(service, visit, request, row)


@router.delete(
    "/participants/{participant_id}",
    operation_id="erase_participant",
    summary="Erase a participant",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*LOOKING, "conflict"),
)
async def erase_participant(participant_id: UUID, visit: Visitor, service: Opened) -> Response:
    """Nothing personal is kept; erasing again changes nothing."""
    visit.permit(Operation.ERASE_PARTICIPANT, participant_id)
    return respond(await handlers.erase(service, visit, participant_id), LABEL)


@router.post(
    "/participants/{participant_id}/links/rotate",
    operation_id="rotate_edit_link",
    summary="Give a participant another edit link",
    response_model=RotatedLink,
    responses=problem_responses(*LOOKING, *_REPEATED, "conflict"),
)
async def rotate_edit_link(
    poll_id: UUID,
    participant_id: UUID,
    shown: Shown,
    least: Annotated[dict[str, int], Depends(min_sequence)],
    service: Opened,
    request: Request,
) -> Response:
    """For oneself, or by the organiser for somebody who lost theirs; also when the poll is closed.

    The link is shown this once, and the one before stops working at once. Who repeats the request
    with its `Idempotency-Key` gets the same link again, even with the link that no longer works.
    """
    repeated = await idempotent_request(request)
    # Before asking who it is: of whoever rotated their own link the credential is no longer good.
    if repeated and (replay := await service.store.replayed(repeated)):
        return respond_again(replay, LABEL)
    visitor = await visit(request, poll_id, shown, least)
    visitor.permit(Operation.ROTATE_EDIT_LINK, participant_id)
    return respond(await edit_links.rotate(service, visitor, participant_id, repeated), LABEL)


async def _show_one(service: Service, visit: Visit, request: Request, row: Row) -> Response:
    """The version counts changes of the private parts too: only who sees those may see it."""
    private = visit.sees_private_parts_of(row.participant_id)
    body = row.participant(visit).model_dump_json().encode()
    return await show(service, visit, request, body, etag(row.version) if private else None)
