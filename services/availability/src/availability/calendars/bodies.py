"""What comes in and what goes out where a calendar is imported."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from availability.schedule_bodies import Schedule
from chassis.bodies import StrictBody
from contracts.polls import Weekday

DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)")
_HOURS_SCHEMA: dict[str, Any] = {"type": "string", "pattern": f"^{_HOURS.pattern}$"}
_PREVIEW: dict[str, Any] = {
    "busy": [{"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}],
    "free": [
        {"start": "2026-12-01T08:00:00Z", "end": "2026-12-01T09:00:00Z", "preference": "available"},
        {"start": "2026-12-01T10:00:00Z", "end": "2026-12-01T16:00:00Z", "preference": "available"},
    ],
    "counts": {"events": 3, "instances": 1, "ignored": {"cancelled": 1, "transparent": 1}},
    "warnings": [
        {
            "code": "unknown_zone",
            "line": 17,
            "detail": "names an unknown time zone; taken as yours",
        }
    ],
    "schedule": None,
}


def _hours(text: str) -> str:
    if not _HOURS.fullmatch(text):
        raise PydanticCustomError("not_hours", "must be like 09:00-17:00")
    return text


def minutes_of(hours: str) -> tuple[int, int]:
    """From and to, after midnight; an end not after the start is on the next day."""
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in hours.split("-"))
    return start, end


def _days(text: str) -> str:
    if not set(text.split(",")) <= set(DAYS):
        raise PydanticCustomError("not_days", "must be like mon,tue,wed")
    return text


Hours = Annotated[str, AfterValidator(_hours), WithJsonSchema(_HOURS_SCHEMA)]
"""A part of each day, like `09:00-17:00`."""

Days = Annotated[str, AfterValidator(_days)]
"""Days of the week with commas between them."""


class PastedCalendar(StrictBody):
    calendar: str


class Span(BaseModel):
    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: int, end: int) -> Self:
        """Of seconds since 1970."""
        return cls(start=datetime.fromtimestamp(start, UTC), end=datetime.fromtimestamp(end, UTC))


class FreeSpan(Span):
    """As it can be sent in a schedule."""

    preference: Literal["available"] = "available"


class Counts(BaseModel):
    """`instances`: times in the window that take some; `ignored`: how many of what, by reason."""

    events: int
    instances: int
    ignored: dict[str, int]


class Remarked(BaseModel):
    """Something that was taken otherwise than it may have been meant, by line of the calendar."""

    code: Literal["unknown_zone", "ends_before_start"]
    line: int
    detail: str


class ImportedCalendar(BaseModel):
    """`busy` is merged and in the window, without buffers; `schedule` is null in a preview."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PREVIEW]})

    busy: tuple[Span, ...]
    free: tuple[FreeSpan, ...]
    counts: Counts
    warnings: tuple[Remarked, ...]
    schedule: Schedule | None = None

    def with_schedule(self, schedule: Schedule) -> Self:
        return self.model_copy(update={"schedule": schedule})
