"""`GET …/recommendations`: the times that suit the most people."""

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request, Response

from chassis.problems import problem_responses
from recommender import past
from recommender.answering import Strangers
from recommender.answers import Heads
from recommender.bodies import Recommendations
from recommender.parameters import (
    AnotherDuration,
    AsOf,
    Demanded,
    checked_duration,
    refused_strangers,
)
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
        "unauthenticated",
        "not_found",
        "forbidden",
        "behind",
        "owner_unavailable",
        "overloaded",
    ),
)
async def get_recommendations(
    visit: Visitor,
    service: Opened,
    request: Request,
    demanded: Demanded,
    duration: AnotherDuration = None,
    as_of: AsOf = None,
) -> Response:
    """By who is free for the whole of the meeting: more people first, then fewer who come only if
    needed, then more who prefer it, then the earlier. Times that break a rule of the poll's are
    left out."""
    visit.permit_results()
    poll = visit.poll
    moment = None if as_of is None else await past.as_of(service, poll, as_of)
    if moment is not None:
        poll = await past.poll_at(service, poll.known.poll_id, moment.polls)
    query = replace(demanded, duration=checked_duration(duration, poll))
    if moment is None:
        work = service.answers.answer(poll, visit.heads, visit.audience, query)
    else:
        heads = Heads(moment.schedules, visit.heads.names)
        index = partial(past.index_at, service, poll, moment.schedules)
        work = service.answers.answer_at(poll, heads, visit.audience, query, index)
    try:
        return await sent(request, await while_connected(request, work))
    except Strangers as strangers:
        raise refused_strangers(strangers) from strangers
