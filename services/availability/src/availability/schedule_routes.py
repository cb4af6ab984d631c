"""The HTTP API of schedules; status codes are decided here and nowhere deeper."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator

from availability import handlers, schedule_readings
from availability.bodies import ScheduleBody
from availability.cells import Cells, cells_of
from availability.routes import ANSWERING, LOOKING, After, Limit
from availability.schedule import clip, outside
from availability.schedule_bodies import CellPage, Schedule, SchedulePage
from availability.service import Opened
from availability.showing import LABEL, show
from availability.visits import Visit, Visitor
from chassis.access import Operation
from chassis.bodies import Duration
from chassis.conditional import etag, if_match
from chassis.problems import FieldError, invalid, problem_responses
from contracts.schedules import FreeInterval
from eventstore.edge import respond

MOST_CELLS = 40_000
"""More than a year around the clock has, in quarters of an hour."""


def _number_of_minutes(text: Any) -> Any:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else text


DurationText = Annotated[Duration, BeforeValidator(_number_of_minutes)]
"""As `Duration`, but a query parameter, where a number is text as well."""

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
    body, version = await schedule_readings.read_schedule(service.pool, visit, participant_id)
    return await show(service, visit, request, body, etag(version))


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
    response_model=SchedulePage | CellPage,
    responses=problem_responses(*LOOKING),
)
async def list_schedules(
    visit: Visitor,
    service: Opened,
    request: Request,
    after: After = None,
    limit: Limit = 100,
    format: Annotated[
        Literal["intervals", "bitset"], Query(description="Instants, or a bit for each cell")
    ] = "intervals",
    cell: Annotated[
        DurationText | None,
        Query(
            description="How long a cell is: a multiple of the poll's step, which it is unless "
            f"told otherwise. There are at most {MOST_CELLS:,} cells",
            examples=["PT1H", "60"],
        ),
    ] = None,
) -> Response:
    """For those who may see the poll's results.

    `?format=bitset` divides each slot into cells from its start, as the heatmap does: a cell counts
    where somebody is free for the whole of it. Long pages end before their `limit`.
    """
    visit.permit_results()
    if format == "intervals":
        body = await schedule_readings.read_intervals(service.pool, visit, after, limit)
    else:
        cells = _cells(visit, cell)
        body = await schedule_readings.read_cells(service.pool, visit, cells, after, limit)
    return await show(service, visit, request, body)


def _cells(visit: Visit, length: timedelta | None) -> Cells:
    details = visit.seen.poll.details
    length = details.step if length is None else length
    if length <= timedelta() or length % details.step:
        raise invalid(FieldError("?cell", "not_a_multiple", "must be a multiple of the step"))
    cells = cells_of(details, length)
    if len(cells) > MOST_CELLS:
        detail = (
            f"gives {len(cells):,} cells, and an answer has at most {MOST_CELLS:,}: "
            "ask for longer ones, like ?cell=PT1H"
        )
        raise invalid(FieldError("?cell", "too_many_cells", detail))
    return cells


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
