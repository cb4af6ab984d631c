"""Query parameters that several routes take, and what they refuse."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from chassis.problems import FieldError, Problem, invalid
from recommender.answering import Query as Question
from recommender.answering import Strangers
from recommender.bodies import DurationText
from recommender.known_polls import Poll
from recommender.ranking.recommendation import Format
from recommender.rendering import People

MOST_IGNORED = 100
MOST_PEOPLE = 10_000

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


Ignore = Annotated[
    list[UUID] | None,
    Query(
        max_length=MOST_IGNORED,
        description="A participant who is left out of everything, rules included; may be "
        f"repeated up to {MOST_IGNORED} times",
    ),
]

MinAvailable = Annotated[
    int | None,
    Query(ge=0, le=MOST_PEOPLE, description="Instead of the poll's own rule; 0 for none"),
]

MinPercentage = Annotated[
    int | None, Query(ge=0, le=100, description="Instead of the poll's own rule; 0 for none")
]


async def shape(
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many")] = 10,
    distinct: Annotated[bool, Query(description="No two of them overlap")] = True,
    people: Annotated[People, Query(description="`counts` leaves the ids out")] = "ids",
    include_unmet: Annotated[
        bool, Query(description="Those that break a rule too, after all that keep them")
    ] = False,
    format: Annotated[
        Format,
        Query(
            description="`slots`: of each the further meetings too that could follow one another "
            "in its time, as recommendations of their own"
        ),
    ] = "windows",
) -> Question:
    """What an answer looks like, whatever poll it is of."""
    return Question(
        limit=limit, distinct=distinct, people=people, include_unmet=include_unmet, format=format
    )


Shape = Annotated[Question, Depends(shape)]


async def demanded(
    shape: Shape,
    ignore: Ignore = None,
    min_available: MinAvailable = None,
    min_percentage: MinPercentage = None,
) -> Question:
    """What an answer looks like, and what is demanded of the times in it."""
    return replace(
        shape,
        ignore=frozenset(map(str, ignore or ())),
        min_available=min_available,
        min_percentage=min_percentage,
    )


Demanded = Annotated[Question, Depends(demanded)]


def refused_strangers(strangers: Strangers) -> Problem:
    """422 for those who are to be ignored and are not in the poll."""
    return invalid(
        *(FieldError("?ignore", "unknown", f"{id_} is not in the poll") for id_ in strangers.ids)
    )


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
