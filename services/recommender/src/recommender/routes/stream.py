"""`GET …/stream`: what changes, as it changes."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from chassis.credentials import Shown
from chassis.live.event_stream import MEDIA_TYPE, EventStream
from chassis.openapi import without_headers
from chassis.problems import problem_responses
from recommender.live.snapshot import Sequences, sequences_in
from recommender.live.viewer import PollViewer
from recommender.service import Opened
from recommender.visits import Visitor

router = APIRouter(prefix="/api/v1/polls/{poll_id}", tags=["recommendations"])

_EXAMPLE = """retry: 3000

event: poll
data: {"poll_id":"0198c0de-0000-7000-8000-000000000000","version":2,"state":"open","deadline":null,\
"finalised":null,"regret":null}

event: participants
data: {"total":3,"answered":2}

event: recommendations
data: {"poll_id":"0198c0de-0000-7000-8000-000000000000","as_of":{"polls":2,"schedules":17},…}
id: polls=2,schedules=17

: ping
"""
_STREAM = {
    "description": "Server-Sent Events, without an end",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
}


@router.get(
    "/stream",
    operation_id="watch_poll",
    summary="What changes, as it changes",
    response_class=Response,
    responses={
        200: _STREAM,
        **problem_responses(
            "unauthenticated",
            "forbidden",
            "not_found",
            "behind",
            "owner_unavailable",
            "overloaded",
        ),
    },
    openapi_extra=without_headers("If-None-Match"),
)
async def watch_poll(
    visit: Visitor,
    service: Opened,
    shown: Shown,
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            description="The last `id` received: only what has changed since then is sent",
            examples=["polls=2,schedules=17"],
        ),
    ] = None,
) -> EventStream:
    """Server-Sent Events: `poll` (its state and, once finalised, the event), `participants` (how
    many there are and have answered, which is no secret where results are) and, for those who may
    see results, `recommendations` as the answer with `people=counts`. They are also shown in `poll`
    what there is to `regret`: how many people more could come at a `better` time than at the one
    decided for. First all of them, then each that changed; whoever is slow gets the latest and not
    what was between. The `id` of the last of several says which facts all that was received is made
    of. A comment comes every 15 seconds. The stream ends when the credential no longer opens the
    poll, when an access token expires, and when the server is about to stop: come again after
    `retry`. So many may watch at once; beyond that the answer is `overloaded`."""
    viewer = PollViewer(shown, visit.caller, sequences_in(last_event_id))
    seen = Sequences(visit.poll.sequence, visit.heads.schedules)
    watching = service.hub.watching(visit.poll.known.poll_id, viewer, seen)
    return EventStream(viewer, watching, ping_s=service.hub.ping_s, until=shown.expires_at)
