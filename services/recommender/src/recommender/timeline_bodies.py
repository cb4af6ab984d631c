"""The timeline as the API's description shows it. It is rendered without these classes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from recommender.bodies import AsOf, Shown
from recommender.ranking.recommendation import EmptyReason

_EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "at": "2026-11-20T08:00:00Z",
            "as_of": {"polls": 1, "schedules": 0},
            "fact": {"type": "commontime.poll.opened.v1", "sequence": 1},
            "leading": None,
            "empty_reason": "no_schedules",
        },
        {
            "at": "2026-11-20T09:30:00.25Z",
            "as_of": {"polls": 1, "schedules": 2},
            "fact": {
                "type": "commontime.schedule.submitted.v1",
                "sequence": 2,
                "participant": "01936d2e-8f00-7000-8000-000000000001",
            },
            "leading": {
                "start": "2026-12-01T10:00:00Z",
                "end": "2026-12-01T11:00:00Z",
                "latest_start": "2026-12-01T10:30:00Z",
                "available": 1,
                "if_needed": 0,
                "preferred": 1,
                "weight": 1,
                "meets_rules": True,
            },
            "empty_reason": None,
        },
    ],
    "next": None,
}


class MovingFact(Shown):
    """`sequence` counts the facts of polls or those of schedules, as `type` tells."""

    type: str
    sequence: int
    participant: UUID | None = Field(
        None, description="Whom it is about, if it is about anyone who was not erased"
    )


class Leading(Shown):
    """The first recommendation, in short. `available` includes the if needed and preferred."""

    start: datetime
    end: datetime
    latest_start: datetime
    available: int
    if_needed: int
    preferred: int
    weight: int
    meets_rules: bool


class Move(Shown):
    """A fact after which anything in `leading`, or `empty_reason`, is not as it was before."""

    at: datetime = Field(description="When the fact was stored")
    as_of: AsOf = Field(description="Asks for the whole of the recommendations at that time")
    fact: MovingFact
    leading: Leading | None
    empty_reason: EmptyReason | None = Field(description="Why nothing leads")


class TimelinePage(Shown):
    """`next` goes into `?after=`; null on the last page. A page may be without items."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    items: tuple[Move, ...]
    next: str | None
