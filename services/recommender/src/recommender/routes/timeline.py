"""`GET …/timeline`: how the leading recommendation moved, and which fact moved it."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from chassis.problems import FieldError, Problem, invalid, problem_responses
from inbox.outcomes import NotYet
from recommender import chronicle, past, timeline
from recommender.answers import Answer
from recommender.past import Moment
from recommender.routes.remembered import RememberedRoute
from recommender.sending import sent
from recommender.service import Opened, Service
from recommender.timeline_bodies import TimelinePage
from recommender.visits import Visitor
from recommender.work import off_the_loop_if, while_connected

router = APIRouter(
    prefix="/api/v1/polls/{poll_id}", tags=["recommendations"], route_class=RememberedRoute
)


@router.get(
    "/timeline",
    operation_id="get_timeline",
    summary="How the leading recommendation moved, and which fact moved it",
    response_model=TimelinePage,
    responses=problem_responses(
        "unauthenticated",
        "not_found",
        "forbidden",
        "invalid",
        "behind",
        "owner_unavailable",
        "overloaded",
    ),
)
async def get_timeline(
    visit: Visitor,
    service: Opened,
    request: Request,
    limit: Annotated[
        int,
        Query(
            ge=1,
            le=100,
            description="So many facts are looked at, at most, of which only those are shown that "
            f"moved it; one that changes when the meeting can be counts as {timeline.OTHER_TIMES}",
        ),
    ] = 50,
    after: Annotated[str | None, Query(description="The `next` of the page before")] = None,
) -> Response:
    """By the poll's rules of each time, fact by fact, in the order in which they were stored.

    It has moved where its times or its counts are others than before the fact, or where there is
    none any more, or for another reason. The first item is the opening of the poll. Whoever was
    erased since is not counted at any time.
    """
    visit.permit_results()
    poll_id = visit.poll.known.poll_id
    begin = None if after is None else await _cursor(service, poll_id, after)
    known = Moment(visit.poll.sequence, visit.heads.schedules)
    body = await while_connected(request, _page(service, poll_id, begin, limit, known))
    return await sent(request, Answer.of(body, known._asdict()))


async def _page(
    service: Service, poll_id: UUID, begin: Moment | None, limit: int, known: Moment
) -> bytes:
    # One more tells whether there is another page.
    chapter = await chronicle.read(service, poll_id, begin, limit + 1, known)
    heavy = len(chapter.facts) > 1 or len(chapter.people) > 1
    page = await off_the_loop_if(heavy, lambda: timeline.fold(chapter, limit))
    next_ = f"polls:{page.end.polls},schedules:{page.end.schedules}" if page.more else None
    return orjson.dumps({"items": page.items, "next": next_})


async def _cursor(service: Service, poll_id: UUID, after: str) -> Moment:
    named = past.sequences_in(after) or {}
    if len(named) < 2 or named["polls"] == 0:
        raise _refused("malformed", "is not the `next` of any page")
    try:
        await past.have_happened(service, poll_id, named)
    except NotYet as error:
        raise _refused("in_the_future", f"is ahead of what has happened: {error}") from None
    return Moment(named["polls"], named["schedules"])


def _refused(code: str, detail: str) -> Problem:
    return invalid(FieldError("?after", code, detail))
