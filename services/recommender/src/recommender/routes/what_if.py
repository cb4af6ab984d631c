"""`POST …/recommendations/what-if`: the answer there would be if something were otherwise."""

from fastapi import APIRouter, Request, Response

from chassis.openapi import without_headers
from chassis.problems import problem_responses
from chassis.sequences import HEADER, format_sequences
from recommender.answering import Query, answered
from recommender.answers import body_of, is_heavy
from recommender.bodies import Recommendations
from recommender.parameters import Shape
from recommender.sending import compressed
from recommender.service import Opened, Service
from recommender.supposition import Supposition
from recommender.visits import Visit, Visitor
from recommender.what_if import index_if, names_of_added, poll_if, refuse_people
from recommender.work import while_connected

router = APIRouter(prefix="/api/v1/polls/{poll_id}", tags=["recommendations"])

_HEAVY_SCHEDULES = 200
"""Intervals that may take some milliseconds to bring into their normal form."""


@router.post(
    "/recommendations/what-if",
    operation_id="suppose_recommendations",
    summary="The times that would suit the most people",
    response_model=Recommendations,
    responses=problem_responses(
        "unauthenticated",
        "not_found",
        "forbidden",
        "behind",
        "owner_unavailable",
        "overloaded",
    ),
    openapi_extra=without_headers("Idempotency-Key"),
)
async def suppose_recommendations(
    visit: Visitor, service: Opened, request: Request, supposition: Supposition, shape: Shape
) -> Response:
    """As the poll's recommendations, if all that the body supposes were so. Nothing is stored."""
    visit.permit_results()
    return await while_connected(request, _supposed(service, visit, request, supposition, shape))


async def _supposed(
    service: Service, visit: Visit, request: Request, supposition: Supposition, shape: Query
) -> Response:
    poll, poll_id = poll_if(visit.poll, supposition), visit.poll.known.poll_id
    async with service.answers.taken(visit.poll, visit.heads.schedules) as current:
        index, schedules = current.index.copy(), current.sequence
    refuse_people(index, poll.known.details.window, supposition)
    names = await service.answers.names(poll_id, visit.audience)
    as_of = {"polls": poll.sequence, "schedules": schedules}

    def work(patient: bool) -> bytes:
        return answered(
            index_if(index, poll.times, poll_id, supposition),
            poll.rules,
            shape,
            poll_id=str(poll_id),
            as_of=as_of,
            names={**names, **names_of_added(poll_id, supposition)},
            patient=patient,
        )

    heavy = is_heavy(index, shape, anew=poll is not visit.poll)
    body = await body_of(heavy or supposition.size > _HEAVY_SCHEDULES, work)
    headers = {HEADER: format_sequences(as_of), "Cache-Control": "no-store"}
    return await compressed(request, body, headers)
