"""The HTTP API of schedules; status codes are decided here and nowhere deeper."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from availability import handlers, readings
from availability.bodies import Schedule, ScheduleBody, SchedulePage
from availability.routes import ANSWERING, LOOKING, After, Limit
from availability.schedule import clip, outside
from availability.service import Opened
from availability.showing import LABEL, show
from availability.visits import Visit, Visitor
from chassis.access import Operation
from chassis.conditional import etag, if_match
from chassis.problems import FieldError, invalid, problem_responses
from contracts.schedules import FreeInterval
from eventstore.edge import respond

router = APIRouter(prefix="/api/v1/polls/{poll_id}", tags=["participants"])


@router.put(
    "/participants/{participant_id}/schedule",
    operation_id="submit_schedule",
    summary="Replace the whole schedule",
    response_model=Schedule,
    responses=problem_responses(*ANSWERING, "precondition_failed"),
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
    responses=problem_responses(*LOOKING),
)
async def get_schedule(
    participant_id: UUID, visit: Visitor, service: Opened, request: Request
) -> Response:
    """The `ETag` moves with the schedule only, not with the participant's standing."""
    visit.permit(Operation.SEE_POLL)
    visit.permit_schedule_of(participant_id)
    row = await readings.read_one(service.pool, visit, participant_id)
    tag = etag(row.schedule_version)
    body = row.shown_schedule(visit).model_dump_json().encode()
    return await show(service, visit, request, body, tag)


@router.delete(
    "/participants/{participant_id}/schedule",
    operation_id="withdraw_schedule",
    summary="Withdraw the schedule",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*ANSWERING),
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
    responses=problem_responses(*LOOKING),
)
async def list_schedules(
    visit: Visitor, service: Opened, request: Request, after: After = None, limit: Limit = 100
) -> Response:
    """For those who may see the poll's results."""
    visit.permit_results()
    page = await readings.read_schedules(service.pool, visit, after, limit)
    return await show(service, visit, request, page.model_dump_json().encode())


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
