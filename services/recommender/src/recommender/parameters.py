"""Query parameters that several routes take, and what they refuse."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query

from chassis.problems import FieldError, invalid
from recommender.answering import Query as Question
from recommender.bodies import DurationText
from recommender.known_polls import Poll
from recommender.rendering import People

AnotherDuration = Annotated[
    DurationText | None,
    Query(description="Instead of the poll's own", examples=["PT90M", "90"]),
]

AsOf = Annotated[
    str | None,
    Query(
        description="An answer of the past: as of these sequences, as in an answer's `as_of`, of "
        "which one that is left out is as now; or as of an instant with its offset. Names are "
        "those of now, and whoever was erased since is left out",
        examples=["polls:2,schedules:17", "2026-12-01T09:00:00Z"],
    ),
]


async def shape(
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many")] = 10,
    distinct: Annotated[bool, Query(description="No two of them overlap")] = True,
    people: Annotated[People, Query(description="`counts` leaves the ids out")] = "ids",
) -> Question:
    """What an answer looks like, whatever poll it is of."""
    return Question(limit=limit, distinct=distinct, people=people)


Shape = Annotated[Question, Depends(shape)]


def checked_duration(duration: timedelta | None, poll: Poll) -> int | None:
    """In microseconds. Raises 422 for one that no meeting in the poll's window can have."""
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
