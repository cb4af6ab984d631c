"""Reads schedules, as they are stored or in cells, in pages of bounded size."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from availability.cells import Cells, FreeTime, encoded, free_cells
from availability.readings import FIRST
from availability.schedule_bodies import CellPage, ScheduleInCells, SlotOfCells
from availability.visits import Visit
from chassis.database import Pool
from chassis.named_sql import load
from chassis.problems import Problem

LARGEST_PAGE = 4 * 1024 * 1024
"""A page ends where its stored schedules are so many bytes; each is shown whole."""
MOST_BITS = 4_000_000
"""A page in cells has so many at most, over all of its people; one person's are never divided."""

_SQL = load("availability")


@dataclass(frozen=True)
class StoredPage:
    """People with their schedules as stored, None of those who have not answered."""

    rows: Sequence[tuple[UUID, str | None]]
    next: UUID | None


async def read_schedule(pool: Pool, visit: Visit, participant_id: UUID) -> tuple[bytes, int]:
    """One answer and its version. Raises the problem `not_found`."""
    parameters = {"poll": visit.poll_id, "participant": participant_id}
    async with pool.connection() as conn:
        cursor = await conn.execute(_SQL["schedule"], parameters, prepare=True)
        row = await cursor.fetchone()
    if row is None:
        raise Problem("not_found")
    return orjson.dumps(_shown(visit, participant_id, row[0])), row[1]


async def read_intervals(pool: Pool, visit: Visit, after: UUID | None, limit: int) -> bytes:
    """A page of everybody's, without reading what is stored: that is what is shown."""
    page = await _page(pool, visit, after, limit)
    items = [_shown(visit, person, schedule) for person, schedule in page.rows]
    return orjson.dumps({"items": items, "next": page.next})


async def read_cells(
    pool: Pool, visit: Visit, cells: Cells, after: UUID | None, limit: int
) -> bytes:
    """The same in cells. Off the event loop: it takes some microseconds for each interval."""
    most = max(1, MOST_BITS // max(1, len(cells)))
    page = await _page(pool, visit, after, min(limit, most))
    return await asyncio.to_thread(_in_cells, visit.poll_id, cells, page)


async def _page(pool: Pool, visit: Visit, after: UUID | None, limit: int) -> StoredPage:
    parameters = {
        "poll": visit.poll_id,
        "after": after or FIRST,
        "limit": limit + 1,
        "bytes": LARGEST_PAGE,
    }
    async with pool.connection() as conn:
        cursor = await conn.execute(_SQL["schedules"], parameters, prepare=True)
        rows = await cursor.fetchall()
    shown = [(person, schedule) for person, schedule, _ in rows[:limit]]
    more = bool(rows) and rows[0][2] > len(shown)
    return StoredPage(shown, shown[-1][0] if more else None)


def _shown(visit: Visit, participant_id: UUID, schedule: str | None) -> dict[str, object]:
    return {
        "poll_id": visit.poll_id,
        "participant_id": participant_id,
        "answered": schedule is not None,
        "intervals": [] if schedule is None else orjson.Fragment(schedule),
    }


def _in_cells(poll_id: UUID, cells: Cells, page: StoredPage) -> bytes:
    slots = zip(cells.slots, cells.per_slot, strict=True)
    shown = CellPage(
        poll_id=poll_id,
        cell=cells.length,
        cells=len(cells),
        slots=tuple(SlotOfCells(start=s.start, end=s.end, cells=count) for s, count in slots),
        items=tuple(_person(cells, *row) for row in page.rows),
        next=page.next,
    )
    return shown.model_dump_json().encode()


def _person(cells: Cells, participant_id: UUID, schedule: str | None) -> ScheduleInCells:
    if schedule is None:
        return ScheduleInCells(
            participant_id=participant_id,
            answered=False,
            free=None,
            preferred=None,
            if_needed=None,
        )
    found = free_cells(cells, _read(schedule))
    return ScheduleInCells(
        participant_id=participant_id,
        answered=True,
        free=encoded(found.free, len(cells)),
        preferred=encoded(found.preferred, len(cells)),
        if_needed=encoded(found.if_needed, len(cells)),
    )


def _read(schedule: str) -> list[FreeTime]:
    return [
        (
            datetime.fromisoformat(interval["start"]),
            datetime.fromisoformat(interval["end"]),
            interval["preference"],
        )
        for interval in orjson.loads(schedule)
    ]
