"""The HTTP API of importing a calendar."""

from datetime import timedelta
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from availability import handlers, readings
from availability.calendars.bodies import (
    DAYS,
    Days,
    Hours,
    ImportedCalendar,
    PastedCalendar,
    minutes_of,
)
from availability.calendars.importing import Wish
from availability.calendars.reading import CALENDAR, FORM, look_into, sent, whole_seconds
from availability.calendars.workers import Workers
from availability.routes import ANSWERING
from availability.schedule_routes import DurationText
from availability.service import Opened
from availability.showing import LABEL
from availability.visits import Visitor
from chassis.access import Operation
from chassis.bodies import Zone
from chassis.conditional import if_match
from chassis.problems import FieldError, invalid, problem_responses
from contracts.polls import Weekday
from contracts.schedules import FreeInterval
from eventstore.edge import idempotent_request, respond, respond_again

MEDIA = frozenset({CALENDAR, FORM})
LONGEST_BUFFER = timedelta(days=1)
_WORKDAYS = ",".join(DAYS[:5])
_CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T090000Z\r\n"
    "DURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_TEXT: dict[str, Any] = {"type": "string"}
_BODIES: dict[str, Any] = {
    CALENDAR: {"schema": _TEXT, "example": _CALENDAR},
    FORM: {
        "schema": {
            "type": "object",
            "properties": {"file": {**_TEXT, "contentMediaType": CALENDAR}},
            "description": "Exactly one file, under any name",
        },
        "example": {"file": _CALENDAR},
    },
    "application/json": {
        "schema": PastedCalendar.model_json_schema(),
        "example": {"calendar": _CALENDAR},
    },
}
_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "With `apply`: the `ETag` of the schedule that is to be replaced",
    "schema": _TEXT,
}

router = APIRouter(prefix="/api/v1/polls/{poll_id}", tags=["participants"])


def _buffer(buffer: timedelta) -> int:
    if buffer > LONGEST_BUFFER:
        raise invalid(FieldError("?buffer", "out_of_range", "must be a day at most"))
    return int(buffer.total_seconds())


def _working(hours: str | None, days: str) -> tuple[int, int, tuple[int, ...]] | None:
    which = tuple(DAYS.index(cast(Weekday, day)) for day in days.split(","))
    return None if hours is None else (*minutes_of(hours), which)


@router.post(
    "/participants/{participant_id}/schedule/import",
    operation_id="import_calendar",
    summary="Free time from a calendar",
    response_model=ImportedCalendar,
    responses=problem_responses(
        *ANSWERING, "precondition_failed", "idempotency_key_reused", "idempotency_in_flight"
    ),
    openapi_extra={"requestBody": {"required": True, "content": _BODIES}, "parameters": [_MATCH]},
)
async def import_calendar(
    participant_id: UUID,
    visit: Visitor,
    service: Opened,
    request: Request,
    apply: Annotated[bool, Query(description="Store what is free as the schedule")] = False,
    buffer: Annotated[
        DurationText, Query(description="Kept free before and after what is busy, up to a day")
    ] = timedelta(),
    working_hours: Annotated[
        Hours | None, Query(description="Nothing outside of them counts as free")
    ] = None,
    days: Annotated[Days, Query(description="The days that have working hours")] = _WORKDAYS,
    timezone: Annotated[
        Zone | None,
        Query(
            description="Where days, working hours and times without a zone are local to; "
            "by default the participant's zone, else the poll's"
        ),
    ] = None,
) -> Response:
    """The poll's window without what is busy, as a preview; with `apply` it becomes the schedule.

    The calendar comes as it is, as the file of a form, or pasted into JSON. Only times are looked
    at, and nothing of it is kept. `docs/calendars.md` says what counts as busy.
    """
    visit.permit(Operation.CHANGE_SCHEDULE, participant_id)
    repeated = await idempotent_request(request)
    if apply and repeated and (replay := await service.store.replayed(repeated)):
        return respond_again(replay, LABEL)
    person = await readings.read_one(service.pool, visit, participant_id)
    details = visit.seen.poll.details
    wish = Wish(
        *whole_seconds(details.window),
        zone=timezone or person.timezone or details.timezone,
        email=person.email,
        buffer=_buffer(buffer),
        hours=_working(working_hours, days),
    )
    match = if_match(request) if apply else None
    workers = cast(Workers, request.app.state.calendar_workers)
    found = await look_into(workers, await sent(request), wish)
    if not apply:
        return Response(found.model_dump_json(), media_type="application/json")
    return respond(
        await handlers.submit(
            service,
            visit,
            participant_id,
            tuple(FreeInterval(start=one.start, end=one.end) for one in found.free),
            None if match == "*" else match,
            shown=found.with_schedule,
            request=repeated,
        ),
        LABEL,
    )
