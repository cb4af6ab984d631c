"""An event as calendars know it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from calendars.meeting import Meeting, Status, uid_of
from chassis.database import Pool
from chassis.named_sql import load
from event_lifecycle import examples
from event_lifecycle.decider import ScheduledEvent
from event_lifecycle.decider import Status as EventStatus

_SQL = load("event_lifecycle", "calendar.sql")
_STATUS: Mapping[EventStatus, Status] = {
    "pending": "CONFIRMED",
    "completed": "CONFIRMED",
    "cancelled": "CANCELLED",
}


def meeting_of(event: ScheduledEvent, version: int, public_url: str) -> Meeting:
    """An event keeps its id and its versions only grow: what a calendar needs to follow it."""
    details = event.details
    pending_again = details.tentative and event.status == "pending"
    return Meeting(
        uid=uid_of(str(event.event_id), public_url),
        sequence=version,
        status="TENTATIVE" if pending_again else _STATUS[event.status],
        starts_at=details.starts_at,
        ends_at=details.ends_at,
        title=details.title,
        description=details.description,
        url=f"{public_url}/p/{event.poll_id}" if event.poll_id else None,
        created_at=event.scheduled_at,
        changed_at=event.updated_at,
    )


async def event_of_poll(pool: Pool, poll_id: UUID) -> UUID | None:
    """The id of the event a poll has since it was finalised for the first time."""
    async with pool.connection() as connection:
        cursor = await connection.execute(_SQL["event_of_poll"], {"poll_id": poll_id}, prepare=True)
        row = await cursor.fetchone()
    return None if row is None else row[0]


def example() -> Meeting:
    """The event that the API's description shows."""
    shown = examples.EVENT
    instants = {name: datetime.fromisoformat(shown[name]) for name in ("starts_at", "ends_at")}
    return Meeting(
        uid=uid_of(shown["id"], "https://commontime.example.org"),
        sequence=shown["version"],
        status="CONFIRMED",
        **instants,
        title=shown["title"],
        description=shown["description"],
        url=f"https://commontime.example.org/p/{shown['poll_id']}",
        created_at=datetime.fromisoformat(shown["created_at"]),
        changed_at=datetime.fromisoformat(shown["updated_at"]),
    )
