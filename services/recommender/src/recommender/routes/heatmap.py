"""`GET …/heatmap`: how many are free in each cell of a poll's slots, and could start there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from numpy.typing import NDArray

from chassis.problems import FieldError, invalid, problem_responses
from recommender.answers import Answer
from recommender.bodies import DurationText
from recommender.heatmap_answer import HeatmapAnswer, render_heatmap
from recommender.known_polls import Poll
from recommender.parameters import AnotherDuration, Ignore, checked_duration
from recommender.ranking.heatmap import count_cells, heatmap
from recommender.ranking.index import PollIndex
from recommender.routes.remembered import RememberedRoute
from recommender.sending import sent
from recommender.service import Opened, Service
from recommender.visits import Visit, Visitor
from recommender.work import off_the_loop_if, while_connected

router = APIRouter(
    prefix="/api/v1/polls/{poll_id}", tags=["recommendations"], route_class=RememberedRoute
)

MOST_CELLS = 40_000
"""More than a year around the clock has, in quarters of an hour."""
_MOST_COUNTED = 150
"""As many as an address has room for."""
_HEAVY = 50_000
"""Changes of level that take some milliseconds to count; of another duration a tenth as many do."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be counted; lengths in microseconds."""

    cell: int
    duration: int
    participants: Collection[UUID] | None
    ignore: Collection[UUID]


async def _asked(
    visit: Visitor,
    participants: Annotated[
        list[UUID] | None,
        Query(
            max_length=_MOST_COUNTED,
            description="Counts these alone, instead of everybody; may be repeated up to "
            f"{_MOST_COUNTED} times",
        ),
    ] = None,
    ignore: Ignore = None,
    duration: AnotherDuration = None,
    cell: Annotated[
        DurationText | None,
        Query(
            description="How long a cell is: a multiple of the poll's step, which it is unless "
            f"told otherwise. An answer has at most {MOST_CELLS:,} cells",
            examples=["PT1H", "60"],
        ),
    ] = None,
) -> _Asked:
    visit.permit_results()
    poll = visit.poll
    lasting = checked_duration(duration, poll)
    return _Asked(
        _checked_cell(cell, poll),
        poll.times.duration if lasting is None else lasting,
        participants,
        ignore or (),
    )


@router.get(
    "/heatmap",
    operation_id="get_heatmap",
    summary="How many are free in each cell, and how many could start there",
    response_model=HeatmapAnswer,
    responses=problem_responses(
        "unauthenticated",
        "not_found",
        "forbidden",
        "behind",
        "owner_unavailable",
        "overloaded",
    ),
)
async def get_heatmap(
    visit: Visitor, service: Opened, request: Request, asked: Annotated[_Asked, Depends(_asked)]
) -> Response:
    """Each slot of the poll is divided into cells from its start; the last one is cut at the
    slot's end. `free` and `starts` differ: who is free for a cell may not be for a meeting."""
    return await sent(request, await while_connected(request, _answer(service, visit, asked)))


async def _answer(service: Service, visit: Visit, asked: _Asked) -> Answer:
    async with service.answers.taken(visit.poll, visit.heads.schedules) as current:
        index, schedules = current.index.copy(), current.sequence
    counted = _counted(index, asked)
    as_of = {"polls": visit.poll.sequence, "schedules": schedules}

    def work() -> bytes:
        return render_heatmap(
            heatmap(index.lasting(asked.duration), asked.cell, counted),
            poll_id=str(visit.poll.known.poll_id),
            as_of=as_of,
            duration=asked.duration,
            cell=asked.cell,
            participants={
                "total": int(counted.sum()),
                "answered": int(index.answered[counted].sum()),
            },
        )

    another = asked.duration != index.times.duration
    heavy = len(index.changes.time) * (10 if another else 1) > _HEAVY
    return Answer.of(await off_the_loop_if(heavy, work), as_of)


def _checked_cell(cell: timedelta | None, poll: Poll) -> int:
    """In microseconds."""
    step = poll.times.step
    length = step if cell is None else cell // timedelta(microseconds=1)
    if length <= 0 or length % step:
        raise invalid(FieldError("?cell", "not_a_multiple", "must be a multiple of the step"))
    count = count_cells(poll.times, length)
    if count > MOST_CELLS:
        detail = (
            f"gives {count:,} cells, and an answer has at most {MOST_CELLS:,}: "
            "ask for longer ones, like ?cell=PT1H"
        )
        raise invalid(FieldError("?cell", "too_many_cells", detail))
    return length


def _counted(index: PollIndex, asked: _Asked) -> NDArray[np.bool_]:
    """Who is counted, by number in the index. Raises 422 where somebody is not in the poll."""
    ignored = _known(index, "?ignore", asked.ignore)
    wanted = asked.participants and _known(index, "?participants", asked.participants)
    ids = map(index.id_of, range(len(index)))
    return np.array(
        [id_ not in ignored and (wanted is None or id_ in wanted) for id_ in ids], np.bool_
    )


def _known(index: PollIndex, pointer: str, participants: Collection[UUID]) -> frozenset[str]:
    ids = frozenset(map(str, participants))
    strangers = sorted(id_ for id_ in ids if index.person(id_) is None)
    if strangers:
        raise invalid(
            *(FieldError(pointer, "unknown", f"{id_} is not in the poll") for id_ in strangers)
        )
    return ids
