"""The HTTP API of availability; status codes are decided here and nowhere deeper."""

from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from availability import handlers, readings
from availability.bodies import (
    JoinBody,
    JoinedParticipant,
    Participant,
    ParticipantPage,
    ReviseBody,
    Schedule,
    ScheduleBody,
    SchedulePage,
)
from availability.decider import (
    EventHasStarted,
    PollIsCancelled,
    PollIsClosed,
    ScheduleChanged,
    UnknownParticipant,
)
from availability.profiles import UnknownProfile
from availability.schedule import clip, outside
from availability.service import Opened, Service
from availability.visits import Visit, Visitor
from chassis.access import Operation
from chassis.application import Rejections
from chassis.conditional import etag, if_match, not_modified
from chassis.problems import FieldError, invalid, problem_responses
from chassis.sequences import HEADER, format_sequences
from contracts.schedules import FreeInterval
from eventstore.edge import idempotent_request, respond

LABEL = "schedules"
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
_LOOKING = ("not_found", "forbidden", "behind", "owner_unavailable")
_ANSWERING = (*_LOOKING, "poll_closed", "poll_cancelled", "event_started", "conflict")


@router.post(
    "/participants",
    operation_id="join_poll",
    summary="Join a poll",
    status_code=201,
    response_model=JoinedParticipant,
    responses=problem_responses(
        *_ANSWERING, "poll_full", "idempotency_key_reused", "idempotency_in_flight"
    ),
)
async def join_poll(body: JoinBody, visit: Visitor, service: Opened, request: Request) -> Response:
    """Anyone with the answer link may join, under any name; no name is ever overwritten."""
    visit.permit(Operation.JOIN)
    repeated = await idempotent_request(request)
    return respond(await handlers.join(service, visit, body, repeated), LABEL)


@router.get(
    "/participants",
    operation_id="list_participants",
    summary="Who is in, and who has answered",
    response_model=ParticipantPage,
    responses=problem_responses(*_LOOKING),
)
async def list_participants(
    visit: Visitor, service: Opened, request: Request, after: After = None, limit: Limit = 100
) -> Response:
    """In the order in which they joined; names where the poll shows them."""
    visit.permit(Operation.SEE_POLL)
    page = await readings.read_participants(service.pool, visit, after, limit)
    return await _shown(service, visit, request, page)


@router.get(
    "/participants/{participant_id}",
    operation_id="get_participant",
    summary="One participant",
    response_model=Participant,
    responses=problem_responses(*_LOOKING),
)
async def get_participant(
    participant_id: UUID, visit: Visitor, service: Opened, request: Request
) -> Response:
    """E-mail and note are shown to the participant and the organiser only."""
    visit.permit(Operation.SEE_POLL)
    row = await readings.read_one(service.pool, visit, participant_id)
    return await _shown(service, visit, request, row.participant(visit), etag(row.version))


@router.patch(
    "/participants/{participant_id}",
    operation_id="revise_participant",
    summary="Change a participant's profile or standing",
    response_model=Participant,
    responses=problem_responses(*_LOOKING, "conflict"),
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
    return await _shown(service, visit, request, row.participant(visit), etag(row.version))


@router.delete(
    "/participants/{participant_id}",
    operation_id="erase_participant",
    summary="Erase a participant",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*_LOOKING, "conflict"),
)
async def erase_participant(participant_id: UUID, visit: Visitor, service: Opened) -> Response:
    """Nothing personal is kept; erasing again changes nothing."""
    visit.permit(Operation.ERASE_PARTICIPANT, participant_id)
    return respond(await handlers.erase(service, visit, participant_id), LABEL)


@router.put(
    "/participants/{participant_id}/schedule",
    operation_id="submit_schedule",
    summary="Replace the whole schedule",
    response_model=Schedule,
    responses=problem_responses(*_ANSWERING, "precondition_failed"),
)
async def submit_schedule(
    participant_id: UUID,
    body: ScheduleBody,
    visit: Visitor,
    service: Opened,
    request: Request,
    clip: Annotated[bool, Query(description="Cut off what leaves the window")] = False,
) -> Response:
    """Overlapping intervals are merged, the higher preference wins; `If-Match` is optional."""
    visit.permit(Operation.CHANGE_SCHEDULE, participant_id)
    intervals = _inside(visit, [interval.to_fact() for interval in body.intervals], clip)
    match = if_match(request)
    expected = None if match == "*" else match
    return respond(
        await handlers.submit(service, visit, participant_id, intervals, expected), LABEL
    )


@router.get(
    "/participants/{participant_id}/schedule",
    operation_id="get_schedule",
    summary="One participant's schedule",
    response_model=Schedule,
    responses=problem_responses(*_LOOKING),
)
async def get_schedule(
    participant_id: UUID, visit: Visitor, service: Opened, request: Request
) -> Response:
    """The `ETag` moves with the schedule only, not with the participant's standing."""
    visit.permit(Operation.SEE_POLL)
    visit.permit_schedule_of(participant_id)
    row = await readings.read_one(service.pool, visit, participant_id)
    tag = etag(row.schedule_version)
    return await _shown(service, visit, request, row.shown_schedule(visit), tag)


@router.delete(
    "/participants/{participant_id}/schedule",
    operation_id="withdraw_schedule",
    summary="Withdraw the schedule",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*_ANSWERING),
)
async def withdraw_schedule(participant_id: UUID, visit: Visitor, service: Opened) -> Response:
    """The participant stays in the poll, unanswered."""
    visit.permit(Operation.CHANGE_SCHEDULE, participant_id)
    return respond(await handlers.withdraw(service, visit, participant_id), LABEL)


@router.get(
    "/schedules",
    operation_id="list_schedules",
    summary="Everybody's schedules",
    response_model=SchedulePage,
    responses=problem_responses(*_LOOKING),
)
async def list_schedules(
    visit: Visitor, service: Opened, request: Request, after: After = None, limit: Limit = 100
) -> Response:
    """For those who may see the poll's results."""
    visit.permit_results()
    page = await readings.read_schedules(service.pool, visit, after, limit)
    return await _shown(service, visit, request, page)


def _inside(visit: Visit, intervals: list[FreeInterval], cut: bool) -> tuple[FreeInterval, ...]:
    window = visit.seen.poll.details.window
    if cut:
        return clip(intervals, window)
    wrong = outside(intervals, window)
    if wrong:
        raise invalid(
            *(
                FieldError(
                    f"/intervals/{position}",
                    "outside_window",
                    "leaves the poll's window; send ?clip=true to cut it",
                )
                for position in wrong
            )
        )
    return tuple(intervals)


async def _shown(
    service: Service, visit: Visit, request: Request, shown: BaseModel, tag: str | None = None
) -> Response:
    """A page's ETag is a digest: no single version stands for it."""
    body = shown.model_dump_json().encode()
    tag = tag or f'"{sha256(body).hexdigest()[:32]}"'
    sequences = {
        LABEL: await service.store.head(str(visit.poll_id)),
        "polls": visit.seen.sequence,
    }
    headers: dict[str, Any] = {"ETag": tag, HEADER: format_sequences(sequences)}
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return Response(body, media_type="application/json", headers=headers)
