"""Events for calendars. Who may see an event may have it as iCalendar; nobody's name is in it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from calendars.answers import CalendarResponse, calendar_answer, shown_as_calendar
from calendars.writing import written
from chassis.access import Operation, permit
from chassis.conditional import etag
from chassis.problems import Problem, problem_responses
from chassis.sequences import HEADER, format_sequences
from event_lifecycle.calendar import event_of_poll, example, meeting_of
from event_lifecycle.credentials import Shown
from event_lifecycle.service import Opened, Service
from event_lifecycle.visits import Least, Visit, Visitor, caught_up, visit

# Before the routes of one event, whose id would be taken for `<id>.ics`.
router = APIRouter(prefix="/api/v1", tags=["events"])
_RESPONSES = {
    **shown_as_calendar(written(example())),
    **problem_responses("not_found", "forbidden", "behind", "owner_unavailable"),
}


@router.get(
    "/events/{event_id}.ics",
    operation_id="get_event_calendar",
    summary="One event for a calendar",
    response_class=CalendarResponse,
    responses=_RESPONSES,
)
async def get_event_calendar(visit: Visitor, service: Opened, request: Request) -> Response:
    """One VEVENT in UTC, with the same UID for ever and the event's version as SEQUENCE.

    METHOD is PUBLISH, and CANCEL once the event is cancelled; STATUS is TENTATIVE while its poll
    is open again. An event without an end has no DTEND: it takes no time.
    """
    return _shown(visit, service, request)


async def visit_of_poll(
    request: Request, poll_id: UUID, service: Opened, shown: Shown, least: Least
) -> Visit:
    """Dependency: the event of a poll, `not_found` where it has none or is not for the caller."""
    caller = await caught_up(service, poll_id, shown, least)
    if not shown.admin:
        permit(caller, Operation.SEE_POLL)
    event_id = await event_of_poll(service.pool, poll_id)
    if event_id is None:
        raise Problem("not_found")
    return await visit(request, event_id, shown, least)


@router.get(
    "/polls/{poll_id}/event.ics",
    operation_id="get_poll_event_calendar",
    summary="What a poll decided, for a calendar",
    response_class=CalendarResponse,
    responses=_RESPONSES,
)
async def get_poll_event_calendar(
    visit: Annotated[Visit, Depends(visit_of_poll)], service: Opened, request: Request
) -> Response:
    """The same as at the event itself; 404 until the poll was finalised for the first time."""
    return _shown(visit, service, request)


def _shown(visit: Visit, service: Service, request: Request) -> Response:
    body = written(meeting_of(visit.event, visit.version, service.settings.public_url))
    tag = etag(visit.version, body)
    answer = calendar_answer(request, body, title=visit.event.details.title, tag=tag)
    answer.headers[HEADER] = format_sequences(visit.sequences)
    return answer
