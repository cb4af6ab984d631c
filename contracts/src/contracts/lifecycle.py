"""Facts about events: what event-lifecycle decides. Key: the event's id."""

from datetime import timedelta
from typing import ClassVar, Literal
from uuid import UUID

from contracts.fact import Fact, Instant, Value


class Completion(Value):
    """When an event is done: `delay` after it was created, at its end, or when somebody says so."""

    mode: Literal["after_creation", "at_end", "manual"]
    delay: timedelta = timedelta(seconds=10)


class EventDetails(Value):
    """`due_at` is when the timer completes it; `tentative` while its poll is open again."""

    title: str
    description: str | None = None
    starts_at: Instant
    ends_at: Instant | None = None
    timezone: str
    completion: Completion
    due_at: Instant | None
    tentative: bool = False


class EventFact(Fact):
    event_id: UUID


class EventScheduled(EventFact):
    TYPE: ClassVar[str] = "commontime.event.scheduled.v1"

    poll_id: UUID | None = None
    details: EventDetails
    scheduled_at: Instant


class EventRevised(EventFact):
    """Anything but the times changed; `details` in full."""

    TYPE: ClassVar[str] = "commontime.event.revised.v1"

    details: EventDetails
    revised_at: Instant


class EventRescheduled(EventFact):
    """The times changed; `details` in full. A completed or cancelled event is pending again."""

    TYPE: ClassVar[str] = "commontime.event.rescheduled.v1"

    details: EventDetails
    rescheduled_at: Instant


class EventCompleted(EventFact):
    TYPE: ClassVar[str] = "commontime.event.completed.v1"

    by: Literal["timer", "person"]
    completed_at: Instant


class EventCancelled(EventFact):
    TYPE: ClassVar[str] = "commontime.event.cancelled.v1"

    cancelled_at: Instant
