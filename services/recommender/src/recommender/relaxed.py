"""Relaxations and additional time as they are answered: described, and rendered without that."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from recommender.iso import iso_duration, iso_instant, span_in_iso
from recommender.ranking.additions import Addition
from recommender.ranking.recommendation import Recommendation
from recommender.ranking.relaxations import Ask, LeaveOut, Relaxation, Shorten
from recommender.shown import Shown, Span


class AddedTime(Shown):
    """Time in which somebody would have to be free as well, at any preference."""

    participant: UUID
    length: timedelta = Field(description="Of all the intervals together")
    intervals: tuple[Span, ...]


class LeadingTime(Shown):
    """The best recommendation that there would be."""

    start: datetime
    end: datetime
    available: int


class LeavingOut(Shown):
    """Without these people in the poll there is a time; the fewest, where some must be."""

    kind: Literal["leave_out"]
    count: int
    participants: tuple[UUID, ...] | None = Field(None, description="Not with `people=counts`")
    leading: LeadingTime


class Shortening(Shown):
    """With this duration there is a time: the longest, in whole steps or 5 minutes."""

    kind: Literal["shorten"]
    duration: timedelta
    leading: LeadingTime


class Asking(Shown):
    """With the least additional time there is a time, at `start`."""

    kind: Literal["ask"]
    start: datetime
    count: int = Field(description="How many would have to be asked")
    length: timedelta = Field(description="Of all their additional time together")
    additions: tuple[AddedTime, ...] | None = Field(None, description="Not with `people=counts`")
    leading: LeadingTime


AnyRelaxation = Annotated[LeavingOut | Shortening | Asking, Field(discriminator="kind")]


def render_relaxation(relaxation: Relaxation, *, ids: bool) -> dict[str, Any]:
    """With numbers of people alone where `ids` are not wanted."""
    return _own(relaxation, ids) | {"leading": _leading(relaxation.leading)}


def _own(relaxation: Relaxation, ids: bool) -> dict[str, Any]:
    if isinstance(relaxation, LeaveOut):
        told = {"participants": relaxation.participants} if ids else {}
        return {"kind": "leave_out", "count": len(relaxation.participants), **told}
    if isinstance(relaxation, Shorten):
        return {"kind": "shorten", "duration": iso_duration(relaxation.duration)}
    additions = relaxation.additions
    return {
        "kind": "ask",
        "start": iso_instant(relaxation.start),
        "count": len(additions),
        "length": iso_duration(sum(each.length for each in additions)),
        **({"additions": render_additions(additions)} if ids else {}),
    }


def people_of(relaxation: Relaxation) -> tuple[str, ...]:
    """The ids of those it mentions."""
    if isinstance(relaxation, LeaveOut):
        return relaxation.participants
    if isinstance(relaxation, Ask):
        return tuple(each.participant for each in relaxation.additions)
    return ()


def render_additions(additions: Iterable[Addition]) -> list[dict[str, Any]]:
    return [
        {
            "participant": each.participant,
            "length": iso_duration(each.length),
            "intervals": list(map(span_in_iso, each.spans)),
        }
        for each in additions
    ]


def _leading(leading: Recommendation) -> dict[str, Any]:
    return {
        "start": iso_instant(leading.start),
        "end": iso_instant(leading.end),
        "available": leading.score.available,
    }
