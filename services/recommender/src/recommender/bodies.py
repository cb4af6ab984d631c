"""The answers as the API's description shows them. They are rendered without these classes."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from chassis.bodies import Duration
from recommender.ranking.recommendation import EmptyReason, Reason
from recommender.relaxed import AnyRelaxation
from recommender.shown import Shown, Span


def _number_of_minutes(text: Any) -> Any:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else text


DurationText = Annotated[Duration, BeforeValidator(_number_of_minutes)]
"""As `Duration`, but a query parameter, where a number is text as well."""


class Unavailable(Shown):
    """`missing`: what time somebody lacks who is free in a part of it."""

    participant: UUID
    reason: Literal["not_free", "partly_free"]
    missing: tuple[Span, ...] | None = None


class Score(Shown):
    available: int
    weight: int
    if_needed: int
    preferred: int


class Recommendation(Shown):
    """Everybody in `available` can come at any start from that of `window` to `latest_start`."""

    rank: int
    tier: int = Field(description="Equally good recommendations share one")
    window: Span
    start: datetime
    end: datetime
    latest_start: datetime
    available: tuple[UUID, ...] | None = Field(None, description="Left out of `people=counts`")
    preferred: tuple[UUID, ...] | None = None
    if_needed: tuple[UUID, ...] | None = None
    unavailable: tuple[Unavailable, ...] | None = None
    unanswered: tuple[UUID, ...] | None = None
    score: Score
    meets_rules: bool
    unmet: tuple[str, ...] = Field(
        description="The rules it breaks: `required`, `min_available`, `min_percentage`, "
        "`group:<name>`"
    )
    reasons: tuple[Reason, ...]
    guaranteed: int = Field(description="How many can come by the answers so far")
    possible: int = Field(description="How many could come if everyone unanswered can")


class AsOf(Shown):
    """The sequences of the facts that this answer is made of."""

    polls: int
    schedules: int


class Participants(Shown):
    total: int
    answered: int


class Someone(Shown):
    name: str


class Recommendations(Shown):
    """The best times, best first; where there are none, `empty_reason` says why."""

    poll_id: UUID
    as_of: AsOf
    duration: timedelta
    participants: Participants
    recommendations: tuple[Recommendation, ...]
    people: dict[UUID, Someone] = Field(description="Those mentioned whose names you may see")
    empty_reason: EmptyReason | None
    relaxations: tuple[AnyRelaxation, ...] = Field(
        description="Where there are none: what could be given up or asked for, at most one of "
        "each kind, each of them tried"
    )
