"""What partners are told about polls, made of facts that poll-api decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.known_poll import KnownPoll
from contracts.polls import PollClosed, PollFinalised, PollOpened, PollRegretRaised
from contracts.webhooks import (
    ClosedPollData,
    EventType,
    FinalisedPollData,
    PollData,
    RegretPollData,
)
from inbox.sources import Received


@dataclass(frozen=True, slots=True)
class PollMessage:
    """`fact_id` and `at` are the fact's: what is taken in again makes the same message again.

    `traceparent` is that of its sending, or else of the fact itself.
    """

    fact_id: UUID
    type: EventType
    poll_id: UUID
    at: datetime
    sequence: int
    data: PollData
    traceparent: str | None


def message_about(poll: KnownPoll, received: Received) -> PollMessage | None:
    """`poll` is as the fact leaves it; None for facts of which nobody is told."""
    match received.fact:
        case PollOpened():
            return _message("poll.opened", PollData(**_of(poll)), received)
        case PollClosed(reason=reason):
            return _message("poll.closed", ClosedPollData(**_of(poll), reason=reason), received)
        case PollFinalised() as decision:
            data = FinalisedPollData(
                **_of(poll),
                start=decision.start,
                end=decision.end,
                event_id=decision.event_id,
                automatic=decision.automatic,
            )
            return _message("poll.finalised", data, received)
        case PollRegretRaised() as regret if poll.finalised is not None:
            data = RegretPollData(
                **_of(poll),
                start=regret.start,
                end=poll.finalised.end,
                better=regret.better,
                people=regret.people,
            )
            return _message("poll.regret", data, received)
        case _:
            return None


def _message(type_: EventType, data: PollData, received: Received) -> PollMessage:
    envelope = received.envelope
    return PollMessage(
        fact_id=UUID(envelope.id),
        type=type_,
        poll_id=data.id,
        at=envelope.time,
        sequence=received.sequence,
        data=data,
        traceparent=envelope.traceparent,
    )


def _of(poll: KnownPoll) -> dict[str, Any]:
    details = poll.details
    return {
        "id": poll.poll_id,
        "state": poll.state,
        "title": details.title,
        "description": details.description,
        "timezone": details.timezone,
        "window": details.window,
        "duration": details.duration,
        "deadline": details.deadline,
    }
