"""`GET …/recommendations/changes`: what keeps a time back, and what would make it better."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from chassis.bodies import Instant
from chassis.problems import FieldError, invalid, problem_responses
from recommender.answering import Query as Question
from recommender.answering import Strangers, narrowed
from recommender.answers import Answer
from recommender.changes_answer import Changes, render_changes
from recommender.known_polls import microseconds
from recommender.parameters import (
    AnotherDuration,
    Ignore,
    MinAvailable,
    MinPercentage,
    checked_duration,
    refused_strangers,
)
from recommender.ranking.any_start import lies_in_a_slot
from recommender.ranking.explained_start import explained_start
from recommender.routes.remembered import RememberedRoute
from recommender.sending import sent
from recommender.service import Opened, Service
from recommender.visits import Visit, Visitor
from recommender.work import off_the_loop_if, while_connected

router = APIRouter(
    prefix="/api/v1/polls/{poll_id}", tags=["recommendations"], route_class=RememberedRoute
)

_HEAVY = 2_000
"""Changes of level of a poll that takes some milliseconds to look through."""


@router.get(
    "/recommendations/changes",
    operation_id="get_recommendation_changes",
    summary="What keeps a time back, and the smallest changes that would make it better",
    response_model=Changes,
    responses=problem_responses(
        "unauthenticated",
        "not_found",
        "forbidden",
        "behind",
        "owner_unavailable",
        "overloaded",
    ),
)
async def get_changes(
    visit: Visitor,
    service: Opened,
    request: Request,
    start: Annotated[
        Instant,
        Query(
            description="When the meeting begins: any time at which it lies in a slot of the "
            "poll, recommended or not, with its offset",
            examples=["2030-12-02T10:00:00Z"],
        ),
    ],
    duration: AnotherDuration = None,
    ignore: Ignore = None,
    min_available: MinAvailable = None,
    min_percentage: MinPercentage = None,
) -> Response:
    """Changes are looked for at `start` and at the poll's steps around it, up to 200 on either
    side, to which the same people can come. Each was tried: the start is looked at again with the
    time added at preference `available`. Those who have not answered are asked for time only
    where the rules need them."""
    visit.permit_results()
    query = Question(
        duration=checked_duration(duration, visit.poll),
        ignore=frozenset(map(str, ignore or ())),
        min_available=min_available,
        min_percentage=min_percentage,
    )
    work = _explained(service, visit, query, microseconds(start))
    try:
        return await sent(request, await while_connected(request, work))
    except Strangers as strangers:
        raise refused_strangers(strangers) from strangers


async def _explained(service: Service, visit: Visit, query: Question, start: int) -> Answer:
    async with service.answers.taken(visit.poll, visit.heads.schedules) as current:
        index, schedules = current.index.copy(), current.sequence
    poll_id = visit.poll.known.poll_id
    names = await service.answers.names(poll_id, visit.audience)
    as_of = {"polls": visit.poll.sequence, "schedules": schedules}

    def work() -> bytes:
        asked, rules = narrowed(index, visit.poll.rules, query)
        if not lies_in_a_slot(asked.times, start):
            detail = "the meeting would not lie in one of the poll's slots"
            raise invalid(FieldError("?start", "outside_slots", detail))
        told = explained_start(asked, rules, start)
        return render_changes(told, poll_id=str(poll_id), as_of=as_of, names=names)

    return Answer.of(await off_the_loop_if(len(index.changes.time) > _HEAVY, work), as_of)
