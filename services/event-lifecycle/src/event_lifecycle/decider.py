"""What may happen to an event. Pure: instants and ids come in with the command.

An event that came out of a poll is moved and cancelled by its poll's facts alone; completing it
and wording it stay with people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

from contracts.lifecycle import (
    Completion,
    EventCancelled,
    EventCompleted,
    EventDetails,
    EventFact,
    EventRescheduled,
    EventRevised,
    EventScheduled,
)

Status = Literal["pending", "completed", "cancelled"]
By = Literal["timer", "person"]


@dataclass(frozen=True)
class NotScheduled:
    """No fact yet."""


@dataclass(frozen=True)
class ScheduledEvent:
    event_id: UUID
    poll_id: UUID | None
    status: Status
    details: EventDetails
    scheduled_at: datetime
    updated_at: datetime
    completed_by: By | None = None


State = NotScheduled | ScheduledEvent


@dataclass(frozen=True)
class Schedule:
    """`details.due_at` is filled in here."""

    event_id: UUID
    details: EventDetails
    now: datetime


@dataclass(frozen=True)
class Revise:
    """`changes`: fields of `EventDetails` with their new values."""

    changes: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True)
class Complete:
    now: datetime


@dataclass(frozen=True)
class Cancel:
    now: datetime


@dataclass(frozen=True)
class PlaceByPoll:
    """The poll was finalised, for the first time or again."""

    event_id: UUID
    poll_id: UUID
    details: EventDetails
    now: datetime


@dataclass(frozen=True)
class ReleaseByPoll:
    """The poll was reopened: the time is only a memory until it is finalised again."""

    now: datetime


@dataclass(frozen=True)
class CancelByPoll:
    now: datetime


@dataclass(frozen=True)
class EraseByPoll:
    """The poll is gone. What took place has taken place: nobody is told that it did not."""

    now: datetime


Command = (
    Schedule | Revise | Complete | Cancel | PlaceByPoll | ReleaseByPoll | CancelByPoll | EraseByPoll
)


class Rejected(Exception):
    """The event does not allow this command now."""

    def __str__(self) -> str:
        return self.__doc__ or ""


class UnknownEvent(Rejected):
    """There is no such event."""


class EventIsCompleted(Rejected):
    """The event is completed; it can no longer be changed."""


class EventIsCancelled(Rejected):
    """The event is cancelled; it can no longer be changed."""


class EventOfPoll(Rejected):
    """The event came out of a poll: its time is set, and it is cancelled, only through the poll."""


class EndsBeforeItStarts(Rejected):
    """The event's end must lie after its start."""


class AlreadyOver(Rejected):
    """The event lies in the past."""


class NoEndToCompleteAt(Rejected):
    """An event that completes at its end needs an end."""


def initial() -> State:
    return NotScheduled()


def evolve(state: State, fact: EventFact) -> State:
    match state, fact:
        case NotScheduled(), EventScheduled(scheduled_at=at):
            return ScheduledEvent(fact.event_id, fact.poll_id, "pending", fact.details, at, at)
        case ScheduledEvent(), EventRevised(details=details, revised_at=at):
            return replace(state, details=details, updated_at=at)
        case ScheduledEvent(), EventRescheduled(details=details, rescheduled_at=at):
            pending: Status = "pending"
            return replace(state, status=pending, details=details, updated_at=at, completed_by=None)
        case ScheduledEvent(), EventCompleted(by=by, completed_at=at):
            return replace(state, status="completed", completed_by=by, updated_at=at)
        case ScheduledEvent(), EventCancelled(cancelled_at=at):
            return replace(state, status="cancelled", updated_at=at)
        case _:
            return state


def decide(state: State, command: Command) -> list[EventFact]:
    match command:
        case Schedule():
            return _schedule(state, command)
        case Revise():
            return _revise(_existing(state), command)
        case Complete():
            return _complete(_existing(state), command)
        case Cancel():
            return _cancel(_existing(state), command)
        case PlaceByPoll():
            return _place(state, command)
        case ReleaseByPoll():
            return _release(_existing(state), command)
        case CancelByPoll():
            return _cancel_by_poll(_existing(state), command)
        case EraseByPoll():
            return _erase_by_poll(_existing(state), command)
        case _:
            assert_never(command)


def _existing(state: State) -> ScheduledEvent:
    if isinstance(state, NotScheduled):
        raise UnknownEvent
    return state


def _schedule(state: State, c: Schedule) -> list[EventFact]:
    if not isinstance(state, NotScheduled):
        return []
    details = _checked(c.details, scheduled_at=c.now)
    _refuse_past(details, c.now)
    return [EventScheduled(event_id=c.event_id, details=details, scheduled_at=c.now)]


def _revise(event: ScheduledEvent, c: Revise) -> list[EventFact]:
    changed = event.details.model_copy(update=dict(c.changes))
    details = _checked(changed, scheduled_at=event.scheduled_at)
    if details == event.details:
        return []
    _refuse_unless_pending(event)
    if not _moved(event.details, details):
        return [EventRevised(event_id=event.event_id, details=details, revised_at=c.now)]
    if event.poll_id is not None:
        raise EventOfPoll
    _refuse_past(details, c.now)
    return [EventRescheduled(event_id=event.event_id, details=details, rescheduled_at=c.now)]


def _complete(event: ScheduledEvent, c: Complete) -> list[EventFact]:
    match event.status:
        case "completed":
            return []
        case "cancelled":
            raise EventIsCancelled
        case "pending":
            return [EventCompleted(event_id=event.event_id, by="person", completed_at=c.now)]


def _cancel(event: ScheduledEvent, c: Cancel) -> list[EventFact]:
    if event.poll_id is not None:
        raise EventOfPoll
    match event.status:
        case "cancelled":
            return []
        case "completed":
            raise EventIsCompleted
        case "pending":
            return [EventCancelled(event_id=event.event_id, cancelled_at=c.now)]


def _place(state: State, c: PlaceByPoll) -> list[EventFact]:
    if isinstance(state, NotScheduled):
        details = _checked(c.details, scheduled_at=c.now)
        return [
            EventScheduled(
                event_id=c.event_id, poll_id=c.poll_id, details=details, scheduled_at=c.now
            )
        ]
    kept = c.details.model_copy(update={"completion": state.details.completion})
    details = _checked(kept, scheduled_at=state.scheduled_at)
    if state.status == "pending" and details == state.details:
        return []
    return [EventRescheduled(event_id=state.event_id, details=details, rescheduled_at=c.now)]


def _release(event: ScheduledEvent, c: ReleaseByPoll) -> list[EventFact]:
    if event.status == "pending" and event.details.tentative:
        return []
    tentative = event.details.model_copy(update={"tentative": True, "due_at": None})
    return [EventRescheduled(event_id=event.event_id, details=tentative, rescheduled_at=c.now)]


def _cancel_by_poll(event: ScheduledEvent, c: CancelByPoll) -> list[EventFact]:
    if event.status == "cancelled":
        return []
    return [EventCancelled(event_id=event.event_id, cancelled_at=c.now)]


def _erase_by_poll(event: ScheduledEvent, c: EraseByPoll) -> list[EventFact]:
    if event.status != "pending":
        return []
    return [EventCancelled(event_id=event.event_id, cancelled_at=c.now)]


def _refuse_unless_pending(event: ScheduledEvent) -> None:
    if event.status == "completed":
        raise EventIsCompleted
    if event.status == "cancelled":
        raise EventIsCancelled


def _refuse_past(details: EventDetails, now: datetime) -> None:
    if (details.ends_at or details.starts_at) < now:
        raise AlreadyOver


def _moved(before: EventDetails, after: EventDetails) -> bool:
    return (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at)


def _checked(details: EventDetails, *, scheduled_at: datetime) -> EventDetails:
    if details.ends_at is not None and details.ends_at <= details.starts_at:
        raise EndsBeforeItStarts
    due_at = None if details.tentative else _due_at(details, scheduled_at)
    return details.model_copy(update={"due_at": due_at})


def _due_at(details: EventDetails, scheduled_at: datetime) -> datetime | None:
    match details.completion:
        case Completion(mode="after_creation", delay=delay):
            return scheduled_at + delay
        case Completion(mode="at_end"):
            if details.ends_at is None:
                raise NoEndToCompleteAt
            return details.ends_at
        case Completion():
            return None
