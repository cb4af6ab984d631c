"""Reads participants, and leaves out what the visitor may not see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from availability.bodies import Participant, ParticipantPage, Totals
from availability.visits import Visit
from chassis.database import Pool
from chassis.named_sql import load
from chassis.problems import Problem
from contracts.schedules import Role

FIRST = UUID(int=0)
"""Before every participant."""

_SQL = load("availability")


@dataclass(frozen=True)
class Row:
    """A participant and their profile as stored; `version` moves with either."""

    participant_id: UUID
    version: int
    role: Role
    weight: int
    groups: list[str]
    joined_at: datetime
    answered: bool
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
            answered=self.answered,
            joined_at=self.joined_at,
        )


async def read_one(pool: Pool, visit: Visit, participant_id: UUID) -> Row:
    """Raises the problem `not_found`."""
    rows = await _rows(pool, "participant", poll=visit.poll_id, participant=participant_id)
    if not rows:
        raise Problem("not_found")
    return rows[0]


async def read_participants(
    pool: Pool, visit: Visit, after: UUID | None, limit: int, answered: bool | None
) -> ParticipantPage:
    """Those who have `answered`, those who have not, or everybody; in order of joining."""
    totals = await _totals(pool, visit)
    statement = "participants" if answered is None else "participants_by_answer"
    rows = await _rows(
        pool,
        statement,
        poll=visit.poll_id,
        after=after or FIRST,
        answered=answered,
        limit=limit + 1,
    )
    shown = rows[:limit]
    return ParticipantPage(
        totals=totals,
        items=tuple(row.participant(visit) for row in shown),
        next=shown[-1].participant_id if len(rows) > limit else None,
    )


async def _totals(pool: Pool, visit: Visit) -> Totals:
    async with pool.connection() as conn:
        cursor = await conn.execute(_SQL["count_answers"], {"poll": visit.poll_id}, prepare=True)
        row = await cursor.fetchone()
    assert row is not None
    total, answered = row
    return Totals(total=total, answered=answered, unanswered=total - answered)


async def _rows(pool: Pool, statement: str, **parameters: Any) -> list[Row]:
    async with pool.connection() as conn, conn.cursor(row_factory=class_row(Row)) as cursor:
        await cursor.execute(_SQL[statement], parameters, prepare=True)
        return await cursor.fetchall()
