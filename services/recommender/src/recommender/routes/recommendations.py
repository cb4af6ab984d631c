"""`GET …/recommendations`: the times that suit the most people."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from chassis.conditional import not_modified
from chassis.problems import FieldError, invalid, problem_responses
from chassis.sequences import HEADER, format_sequences
from recommender.answering import Query as Question
from recommender.bodies import DurationText, Recommendations
from recommender.known_polls import Poll
from recommender.rendering import People
from recommender.service import Opened
from recommender.visits import Visitor
from recommender.work import while_connected

router = APIRouter(prefix="/api/v1/polls/{poll_id}", tags=["recommendations"])


@router.get(
    "/recommendations",
    operation_id="get_recommendations",
    summary="The times that suit the most people",
    response_model=Recommendations,
    responses=problem_responses(
        "not_found", "forbidden", "behind", "owner_unavailable", "overloaded"
    ),
)
async def get_recommendations(
    visit: Visitor,
    service: Opened,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many")] = 10,
    duration: Annotated[
        DurationText | None,
        Query(description="Instead of the poll's own", examples=["PT90M", "90"]),
    ] = None,
    distinct: Annotated[bool, Query(description="No two of them overlap")] = True,
    people: Annotated[People, Query(description="`counts` leaves the ids out")] = "ids",
) -> Response:
    """By who is free for the whole of the meeting: more people first, then fewer who come only if
    needed, then more who prefer it, then the earlier."""
    visit.permit_results()
    query = Question(limit, _checked(duration, visit.poll), distinct, people)
    work = service.answers.answer(visit.poll, visit.heads, visit.audience, query)
    answer = await while_connected(request, work)
    headers = {
        "ETag": answer.etag,
        HEADER: format_sequences(answer.sequences),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
    unchanged = not_modified(request, answer.etag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return Response(answer.body, media_type="application/json", headers=headers)


def _checked(duration: timedelta | None, poll: Poll) -> int | None:
    """In microseconds."""
    if duration is None:
        return None
    window = poll.known.details.window
    if duration <= timedelta():
        raise invalid(FieldError("?duration", "not_positive", "must be longer than nothing"))
    if duration > window.end - window.start:
        raise invalid(
            FieldError("?duration", "longer_than_window", "is longer than the poll's window")
        )
    return duration // timedelta(microseconds=1)
