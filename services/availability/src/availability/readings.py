"""Reads participants and schedules, and leaves out what the visitor may not see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from availability.bodies import Participant, ParticipantPage, Schedule, SchedulePage
from availability.visits import Visit
from chassis.database import Pool
from chassis.named_sql import load
from chassis.problems import Problem
from contracts.schedules import FreeInterval, Role

_SQL = load("availability")
_FIRST = UUID(int=0)


@dataclass(frozen=True)
class Row:
    """A participant and their profile as stored; `version` moves with either."""

    participant_id: UUID
    version: int
    role: Role
    weight: int
    groups: list[str]
    joined_at: datetime
    schedule: list[Any] | None
    schedule_version: int
    name: str
    email: str | None
    note: str | None
    timezone: str | None

    def participant(self, visit: Visit) -> Participant:
        """As `visit` may see it: e-mail and note are the person's own and the organiser's."""
        named = visit.sees_name_of(self.participant_id)
        private = visit.sees_private_parts_of(self.participant_id)
        return Participant(
            id=self.participant_id,
            poll_id=visit.poll_id,
            name=self.name if named else None,
            email=self.email if private else None,
            note=self.note if private else None,
            timezone=self.timezone if private else None,
            role=self.role,
            weight=self.weight,
            groups=tuple(self.groups),
            answered=self.schedule is not None,
            joined_at=self.joined_at,
        )

    def shown_schedule(self, visit: Visit) -> Schedule:
        return Schedule(
            poll_id=visit.poll_id,
            participant_id=self.participant_id,
            answered=self.schedule is not None,
            intervals=tuple(FreeInterval.model_validate(i) for i in self.schedule or ()),
        )


async def read_one(pool: Pool, visit: Visit, participant_id: UUID) -> Row:
    """Raises the problem `not_found`."""
    rows = await _rows(pool, "participant", poll=visit.poll_id, participant=participant_id)
    if not rows:
        raise Problem("not_found")
    return rows[0]


async def read_participants(
    pool: Pool, visit: Visit, after: UUID | None, limit: int
) -> ParticipantPage:
    rows, next_ = await _page(pool, visit, after, limit)
    return ParticipantPage(items=tuple(row.participant(visit) for row in rows), next=next_)


async def read_schedules(pool: Pool, visit: Visit, after: UUID | None, limit: int) -> SchedulePage:
    rows, next_ = await _page(pool, visit, after, limit)
    return SchedulePage(items=tuple(row.shown_schedule(visit) for row in rows), next=next_)


async def _page(
    pool: Pool, visit: Visit, after: UUID | None, limit: int
) -> tuple[list[Row], UUID | None]:
    rows = await _rows(
        pool, "participants", poll=visit.poll_id, after=after or _FIRST, limit=limit + 1
    )
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, rows[-1].participant_id if more else None


async def _rows(pool: Pool, statement: str, **parameters: Any) -> list[Row]:
    async with pool.connection() as conn, conn.cursor(row_factory=class_row(Row)) as cursor:
        await cursor.execute(_SQL[statement], parameters, prepare=True)
        return await cursor.fetchall()
