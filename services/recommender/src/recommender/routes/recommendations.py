"""`GET …/recommendations`: the times that suit the most people."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from chassis.problems import problem_responses
from recommender import past
from recommender.answering import Query as Question
from recommender.answers import Heads
from recommender.bodies import Recommendations
from recommender.parameters import AnotherDuration, AsOf, checked_duration
from recommender.rendering import People
from recommender.routes.remembered import RememberedRoute
from recommender.sending import sent
from recommender.service import Opened
from recommender.visits import Visitor
from recommender.work import while_connected

router = APIRouter(
    prefix="/api/v1/polls/{poll_id}", tags=["recommendations"], route_class=RememberedRoute
)


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
    duration: AnotherDuration = None,
    distinct: Annotated[bool, Query(description="No two of them overlap")] = True,
    people: Annotated[People, Query(description="`counts` leaves the ids out")] = "ids",
    as_of: AsOf = None,
) -> Response:
    """By who is free for the whole of the meeting: more people first, then fewer who come only if
    needed, then more who prefer it, then the earlier."""
    visit.permit_results()
    poll = visit.poll
    moment = None if as_of is None else await past.as_of(service, poll, as_of)
    if moment is not None:
        poll = await past.poll_at(service, poll.known.poll_id, moment.polls)
    query = Question(limit, checked_duration(duration, poll), distinct, people)
    if moment is None:
        work = service.answers.answer(poll, visit.heads, visit.audience, query)
    else:
        heads = Heads(moment.schedules, visit.heads.names)
        index = partial(past.index_at, service, poll, moment.schedules)
        work = service.answers.answer_at(poll, heads, visit.audience, query, index)
    return sent(request, await while_connected(request, work))
