"""What a webhook's body says, for each type of message: read by those who receive them.

A type never changes its meaning; a field may be added, and a receiver ignores what it does not
know. `event_lifecycle` writes these bodies; where SQL does, tests hold it to these models.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from contracts import webhook_examples as examples
from contracts.fact import Instant, Span, Value
from contracts.known_poll import PollState

EventType = Literal[
    "event.created",
    "event.updated",
    "event.rescheduled",
    "event.completed",
    "event.cancelled",
    "poll.opened",
    "poll.closed",
    "poll.finalised",
    "poll.regret",
    "endpoint.disabled",
    "endpoint.test",
]

Type = TypeVar("Type", bound=str)
Data = TypeVar("Data", bound=Value)


class EventData(Value):
    """An event after what happened. `poll_id`: the poll it came out of, if it did."""

    id: UUID
    poll_id: UUID | None
    status: Literal["pending", "completed", "cancelled"]
    version: int
    tentative: bool = Field(description="Its poll is open again")
    title: str
    description: str | None
    starts_at: Instant
    ends_at: Instant | None
    timezone: str
    due_at: Instant | None = Field(description="When the timer completes it, or did")
    completed_by: Literal["timer", "person"] | None


class PollData(Value):
    """A poll after what happened."""

    id: UUID
    state: PollState
    title: str
    description: str | None
    timezone: str
    window: Span
    duration: timedelta
    deadline: Instant | None


class ClosedPollData(PollData):
    reason: Literal["manual", "deadline"]


class FinalisedPollData(PollData):
    """`automatic`: the poll's rule decided, and nobody by hand."""

    start: Instant
    end: Instant
    event_id: UUID
    automatic: bool


class RegretPollData(PollData):
    """`start` and `end` are decided; `people` more could come at `better`."""

    start: Instant
    end: Instant
    better: Span
    people: int


class DisabledEndpointData(Value):
    """`host` alone: the rest of a URL may be a secret."""

    id: UUID
    description: str | None
    host: str
    scope: Literal["instance", "poll", "account"]
    poll_id: UUID | None
    reason: str | None
    disabled_at: Instant


class TestedEndpointData(Value):
    id: UUID
    description: str | None


class Body(Value, Generic[Type, Data]):
    """The one envelope: what happened, when, to what, and as which change of it."""

    type: Type
    timestamp: Instant
    data: Data
    sequence: int = Field(description="Grows with what happens to the event, poll or endpoint")


@dataclass(frozen=True)
class MessageType:
    """`description` says when a message of this type is sent."""

    description: str
    body: type[Body[Any, Any]]
    example: Mapping[str, Any]


MESSAGES: Mapping[EventType, MessageType] = {
    "event.created": MessageType(
        "An event was created, or came out of a poll that was finalised for the first time.",
        Body[Literal["event.created"], EventData],
        examples.EVENT_CREATED,
    ),
    "event.updated": MessageType(
        "Something about an event changed, but not its times.",
        Body[Literal["event.updated"], EventData],
        examples.EVENT_UPDATED,
    ),
    "event.rescheduled": MessageType(
        "The times of an event changed, or its poll is open again and it is tentative.",
        Body[Literal["event.rescheduled"], EventData],
        examples.EVENT_RESCHEDULED,
    ),
    "event.completed": MessageType(
        "An event is done: its timer fell due, or somebody said so.",
        Body[Literal["event.completed"], EventData],
        examples.EVENT_COMPLETED,
    ),
    "event.cancelled": MessageType(
        "An event was cancelled, by itself or with its poll.",
        Body[Literal["event.cancelled"], EventData],
        examples.EVENT_CANCELLED,
    ),
    "poll.opened": MessageType(
        "A poll was opened.",
        Body[Literal["poll.opened"], PollData],
        examples.POLL_OPENED,
    ),
    "poll.closed": MessageType(
        "A poll takes no more answers: its organiser closed it, or its deadline passed.",
        Body[Literal["poll.closed"], ClosedPollData],
        examples.POLL_CLOSED,
    ),
    "poll.finalised": MessageType(
        "A poll's time was decided; again after it was reopened.",
        Body[Literal["poll.finalised"], FinalisedPollData],
        examples.POLL_FINALISED,
    ),
    "poll.regret": MessageType(
        "More people could come at another time than at the decided one; again when it gets more.",
        Body[Literal["poll.regret"], RegretPollData],
        examples.POLL_REGRET,
    ),
    "endpoint.disabled": MessageType(
        "Another endpoint of the same owner is told nothing any more.",
        Body[Literal["endpoint.disabled"], DisabledEndpointData],
        examples.ENDPOINT_DISABLED,
    ),
    "endpoint.test": MessageType(
        "The endpoint's owner asked for a test; sent whatever types it hears of.",
        Body[Literal["endpoint.test"], TestedEndpointData],
        examples.ENDPOINT_TEST,
    ),
}
