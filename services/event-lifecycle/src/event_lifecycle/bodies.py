"""What comes in and goes out over HTTP about events."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, field_validator
from pydantic_core import PydanticCustomError

from chassis.bodies import (
    Duration,
    InstantOrLocal,
    NoSuchLocalTime,
    StrictBody,
    Text,
    Title,
    Zone,
    at_zone,
)
from chassis.problems import FieldError, invalid
from contracts.fact import Instant
from contracts.lifecycle import Completion
from event_lifecycle import examples
from event_lifecycle.decider import By, ScheduledEvent, Status

LONGEST_DELAY = timedelta(days=366)
Mode = Literal["after_creation", "at_end", "manual"]

_EXAMPLE: dict[str, Any] = {
    "title": "Planning",
    "starts_at": "2026-12-01T09:00",
    "ends_at": "2026-12-01T10:00",
    "timezone": "Europe/Berlin",
    "completion": {"mode": "after_creation", "delay": "PT10S"},
}
_STARTS_AT = "From 1970 to 2199; not a local time that the zone's clocks skip"
_ENDS_AT = "Likewise, and after the start. The event must not be over"


def _not_too_long(delay: timedelta) -> timedelta:
    if delay > LONGEST_DELAY:
        raise PydanticCustomError("out_of_range", "must be at most 366 days")
    return delay


class CompletionBody(StrictBody):
    """`delay` counts from the event's creation and matters to `after_creation` alone."""

    mode: Mode
    delay: Annotated[Duration, AfterValidator(_not_too_long)] | None = Field(
        default=None, description="From PT0S, which is at once, to 366 days"
    )


class EventBody(StrictBody):
    """A time without an offset is local to `timezone`; of one that occurs twice, the first."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    title: Title
    description: Text | None = None
    starts_at: InstantOrLocal = Field(description=_STARTS_AT)
    ends_at: InstantOrLocal | None = Field(default=None, description=_ENDS_AT)
    timezone: Zone | None = None
    completion: CompletionBody | None = None


class EventPatch(StrictBody):
    """A JSON merge patch: what is left out stays, null removes what may be absent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Planning, part two"}]})

    title: Title | None = None
    description: Text | None = None
    starts_at: InstantOrLocal | None = Field(default=None, description=_STARTS_AT)
    ends_at: InstantOrLocal | None = Field(default=None, description=_ENDS_AT)
    timezone: Zone | None = None
    completion: CompletionBody | None = None

    @field_validator("title", "starts_at", "timezone", "completion", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("null", "must not be null; leave it out to keep it")
        return value


def resolved(body: EventBody | EventPatch, default_delay: timedelta) -> dict[str, Any]:
    """The fields the body names, as `EventDetails` holds them.

    Raises the problem `invalid` for a local time without a zone, or one the zone's clocks skip.
    """
    given: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if isinstance(completion := given.get("completion"), CompletionBody):
        delay = default_delay if completion.delay is None else completion.delay
        given["completion"] = Completion(mode=completion.mode, delay=delay)
    errors: list[FieldError] = []
    for name in ("starts_at", "ends_at"):
        if isinstance(moment := given.get(name), datetime):
            try:
                given[name] = _instant(moment, given)
            except NoSuchLocalTime as error:
                errors.append(FieldError(f"/{name}", "no_such_local_time", f"{error}."))
            except _ZoneMissing:
                detail = "needs an offset, like +01:00 or Z, or a `timezone` beside it"
                errors.append(FieldError(f"/{name}", "offset_missing", detail))
    if errors:
        raise invalid(*errors)
    return given


class _ZoneMissing(Exception):
    """A local time, and no zone in the body."""


def _instant(moment: datetime, given: Mapping[str, Any]) -> datetime:
    zone = given.get("timezone")
    if moment.tzinfo is None and not zone:
        raise _ZoneMissing
    return at_zone(moment, zone or "UTC")


class EventDocument(BaseModel):
    """`tentative`: its poll is open again. `due_at`: when the timer completes or completed it."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [examples.EVENT]})

    id: UUID
    poll_id: UUID | None
    status: Status
    tentative: bool
    title: str
    description: str | None
    starts_at: Instant
    ends_at: Instant | None
    timezone: str
    completion: Completion
    due_at: Instant | None
    version: int = Field(description="Also the ETag")
    created_at: Instant
    updated_at: Instant
    completed_at: Instant | None
    completed_by: By | None
    cancelled_at: Instant | None


def document(event: ScheduledEvent, version: int) -> EventDocument:
    details = event.details
    return EventDocument(
        id=event.event_id,
        poll_id=event.poll_id,
        status=event.status,
        tentative=details.tentative,
        title=details.title,
        description=details.description,
        starts_at=details.starts_at,
        ends_at=details.ends_at,
        timezone=details.timezone,
        completion=details.completion,
        due_at=details.due_at,
        version=version,
        created_at=event.scheduled_at,
        updated_at=event.updated_at,
        # A completed or cancelled event does not change, so its last change is that one.
        completed_at=event.updated_at if event.status == "completed" else None,
        completed_by=event.completed_by,
        cancelled_at=event.updated_at if event.status == "cancelled" else None,
    )


class EventPage(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.EVENTS]})

    items: tuple[EventDocument, ...]
    next: UUID | None


class HistoryEntry(BaseModel):
    """A stored fact as it was decided."""

    sequence: int
    type: str
    recorded_at: Instant
    data: JsonValue


class HistoryPage(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.HISTORY]})

    items: tuple[HistoryEntry, ...]
    next: int | None
