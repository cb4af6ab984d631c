"""The HTTP API of events; status codes are decided here and nowhere deeper."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from chassis.access import Operation, may_look
from chassis.conditional import etag, if_match, required_match
from chassis.problems import problem_responses
from event_lifecycle import handlers
from event_lifecycle.bodies import (
    EventBody,
    EventDocument,
    EventPage,
    EventPatch,
    HistoryEntry,
    HistoryPage,
    document,
    resolved,
)
from event_lifecycle.credentials import Shown
from event_lifecycle.decider import Status
from event_lifecycle.readings import EventFilter, read_events
from event_lifecycle.refusals import pointing
from event_lifecycle.service import Opened
from event_lifecycle.showing import shown_as
from event_lifecycle.visits import LABEL, Least, Visitor, caught_up
from eventstore.edge import idempotent_request, respond

router = APIRouter(prefix="/api/v1/events", tags=["events"])
Limit = Annotated[int, Query(ge=1, le=1000)]
_LOOKING = ("not_found", "forbidden", "behind", "owner_unavailable")
_REPEATABLE = ("idempotency_key_reused", "idempotency_in_flight")
_CHANGING = (*_LOOKING, "conflict", "precondition_failed", "event_of_poll")


@router.post(
    "",
    operation_id="create_event",
    summary="Create an event",
    status_code=201,
    response_model=EventDocument,
    responses=problem_responses("unauthenticated", "forbidden", *_REPEATABLE),
)
async def create_event(
    body: EventBody, shown: Shown, service: Opened, request: Request
) -> Response:
    """It completes by itself, 10 s after its creation unless it or the instance says otherwise."""
    shown.require_direct()
    fields = resolved(body, service.settings.event_completion_delay)
    repeated = await idempotent_request(request)
    with pointing():
        return respond(await handlers.schedule(service, fields, repeated), LABEL)


@router.get(
    "",
    operation_id="list_events",
    summary="Events, newest first",
    response_model=EventPage,
    responses=problem_responses("behind", "owner_unavailable"),
)
async def list_events(
    shown: Shown,
    least: Least,
    service: Opened,
    request: Request,
    status: Status | None = None,
    poll_id: Annotated[UUID | None, Query(description="The event of this poll")] = None,
    after: Annotated[UUID | None, Query(description="The `next` of the page before")] = None,
    limit: Limit = 100,
) -> Response:
    """Events of polls are listed for those who may see the poll, and so is how far it has come."""
    sequences: dict[str, int] = {}
    if poll_id is not None:
        caller = await caught_up(service, poll_id, shown, least)
        if shown.admin or may_look(caller):
            sequences["polls"] = await service.inbox.seen("polls", str(poll_id))
    wanted = EventFilter(status, poll_id, after, limit)
    page = await read_events(service.pool, shown, wanted)
    return shown_as(request, page, sequences=sequences)


@router.get(
    "/{event_id}",
    operation_id="get_event",
    summary="One event",
    response_model=EventDocument,
    responses=problem_responses(*_LOOKING),
)
async def get_event(visit: Visitor, request: Request) -> Response:
    """With a poll's sequence in `Commontime-Min-Sequence` its event is waited for."""
    shown = document(visit.event, visit.version)
    return shown_as(request, shown, tag=etag(visit.version), sequences=visit.sequences)


@router.patch(
    "/{event_id}",
    operation_id="revise_event",
    summary="Change an event",
    response_model=EventDocument,
    responses=problem_responses(
        *_CHANGING, "precondition_required", "event_completed", "event_cancelled"
    ),
)
async def revise_event(
    body: EventPatch, visit: Visitor, service: Opened, request: Request
) -> Response:
    """The times of an event that came out of a poll change only with the poll."""
    visit.permit(Operation.MANAGE_POLL)
    expected = _version(required_match(request))
    changes = resolved(body, service.settings.event_completion_delay)
    with pointing():
        outcome = await handlers.revise(service, visit.event.event_id, changes, expected)
    return respond(outcome, LABEL)


@router.post(
    "/{event_id}/complete",
    operation_id="complete_event",
    summary="Complete an event by hand",
    response_model=EventDocument,
    responses=problem_responses(*_CHANGING, *_REPEATABLE, "event_cancelled"),
)
async def complete_event(visit: Visitor, service: Opened, request: Request) -> Response:
    """Completing a completed event changes nothing."""
    visit.permit(Operation.MANAGE_POLL)
    expected, repeated = _version(if_match(request)), await idempotent_request(request)
    outcome = await handlers.complete(service, visit.event.event_id, expected, repeated)
    return respond(outcome, LABEL)


@router.post(
    "/{event_id}/cancel",
    operation_id="cancel_event",
    summary="Cancel an event",
    response_model=EventDocument,
    responses=problem_responses(*_CHANGING, *_REPEATABLE, "event_completed"),
)
async def cancel_event(visit: Visitor, service: Opened, request: Request) -> Response:
    """An event that came out of a poll is cancelled with the poll."""
    visit.permit(Operation.MANAGE_POLL)
    expected, repeated = _version(if_match(request)), await idempotent_request(request)
    outcome = await handlers.cancel(service, visit.event.event_id, expected, repeated)
    return respond(outcome, LABEL)


@router.get(
    "/{event_id}/history",
    operation_id="get_event_history",
    summary="What happened to an event",
    response_model=HistoryPage,
    responses=problem_responses(*_LOOKING),
)
async def get_event_history(
    visit: Visitor,
    service: Opened,
    request: Request,
    after: Annotated[int, Query(ge=0, description="The `next` of the page before")] = 0,
    limit: Limit = 100,
) -> Response:
    """Its facts in order, for the organiser where it came out of a poll."""
    visit.permit(Operation.SEE_HISTORY)
    key = str(visit.event.event_id)
    recorded = await service.store.read_key(key, after, limit + 1)
    entries = [
        HistoryEntry(
            sequence=one.sequence,
            type=one.fact.TYPE,
            recorded_at=one.recorded_at,
            data=orjson.loads(one.fact.model_dump_json()),
        )
        for one in recorded[:limit]
    ]
    more = len(recorded) > limit
    page = HistoryPage(items=tuple(entries), next=entries[-1].sequence if more else None)
    return shown_as(request, page, sequences=visit.sequences)


def _version(match: int | str | None) -> int | None:
    """The version that must hold; any does where `If-Match` is absent or `*`."""
    return match if isinstance(match, int) else None
