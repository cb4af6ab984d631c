"""`GET /events/stream`: events, as they change."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, Response

from chassis.live.event_stream import MEDIA_TYPE, EventStream
from chassis.openapi import without_headers
from chassis.problems import problem_responses
from event_lifecycle.credentials import Shown
from event_lifecycle.examples import EVENT
from event_lifecycle.live.changes import Sight
from event_lifecycle.live.viewer import EventViewer
from event_lifecycle.service import Opened

router = APIRouter(prefix="/api/v1/events", tags=["events"])

_EXAMPLE = f"""retry: 3000

event: ready
data: {{}}
id: 918273

event: event
data: {orjson.dumps(EVENT).decode()}
id: 918280

: ping
id: 918305
"""
_STREAM = {
    "description": "Server-Sent Events, without an end",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
}


@router.get(
    "/stream",
    operation_id="watch_events",
    summary="Events, as they change",
    response_class=Response,
    responses={200: _STREAM, **problem_responses("overloaded")},
    openapi_extra=without_headers("If-None-Match", "Commontime-Min-Sequence"),
)
async def watch_events(
    shown: Shown,
    service: Opened,
    poll_id: Annotated[UUID | None, Query(description="The event of this poll alone")] = None,
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            description="The last `id` received: what has changed since then is sent",
            examples=["918280"],
        ),
    ] = None,
) -> EventStream:
    """Server-Sent Events: an `event`, whole, whenever it changes, to those who may see it in the
    list; whoever is slow gets the latest of each and not what was between.

    First comes `ready`: whoever reads the list after it, and keeps of each event the one with the
    higher `version`, misses nothing. With `Last-Event-ID` all that has changed since comes in place
    of `ready`, from whatever replica, some of it perhaps once more. `reset` says that something was
    missed and the list must be read again: the id is none of ours, more than 2,000 events have
    changed since, or a reader has fallen 2 MiB behind. A comment comes every 15 seconds of silence,
    and moves the `id` on. The stream ends with the access token that opened it, and when the server
    is about to stop: come again after `retry`. So many may watch at once; beyond that the answer is
    `overloaded`. An event that somebody comes to see later, by a new link say, is told of when it
    next changes; one that they see no more is not told of again."""
    caller = shown.shown
    sight = Sight(caller, shown.admin, shown.direct, poll_id)
    viewer = EventViewer(sight, last_event_id)
    watching = service.hub.watching(viewer)
    return EventStream(viewer, watching, ping_s=service.hub.ping_s, until=caller.expires_at)
