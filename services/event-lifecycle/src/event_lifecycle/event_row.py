"""An event as the read model holds it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.lifecycle import EventDetails
from event_lifecycle.decider import By, ScheduledEvent, Status


@dataclass(frozen=True)
class Row:
    """`version` is the stream's and the key's sequence."""

    event_id: UUID
    version: int
    poll_id: UUID | None
    status: Status
    details: dict[str, Any]
    scheduled_at: datetime
    updated_at: datetime
    completed_by: By | None

    @property
    def event(self) -> ScheduledEvent:
        return ScheduledEvent(
            event_id=self.event_id,
            poll_id=self.poll_id,
            status=self.status,
            details=EventDetails.model_validate(self.details),
            scheduled_at=self.scheduled_at.astimezone(UTC),
            updated_at=self.updated_at.astimezone(UTC),
            completed_by=self.completed_by,
        )
