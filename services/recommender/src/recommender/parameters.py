"""Query parameters that several routes take, and what they refuse."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from chassis.problems import FieldError, invalid
from recommender.bodies import DurationText
from recommender.known_polls import Poll

AnotherDuration = Annotated[
    DurationText | None,
    Query(description="Instead of the poll's own", examples=["PT90M", "90"]),
]


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
