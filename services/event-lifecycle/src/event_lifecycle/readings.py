"""Reads events and what is known of their polls."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from chassis.database import Pool
from chassis.named_sql import load
from contracts.known_poll import KnownPoll
from event_lifecycle.bodies import EventPage, document
from event_lifecycle.credentials import Credential
from event_lifecycle.decider import Status
from event_lifecycle.event_row import Row

_SQL = load("event_lifecycle")


@dataclass(frozen=True)
class EventFilter:
    """What of the list is wanted; `after` is the last event of the page before."""

    status: Status | None
    poll_id: UUID | None
    after: UUID | None
    limit: int


async def read_event(pool: Pool, event_id: UUID) -> Row | None:
    rows = await _rows(pool, "one_event", event_id=event_id)
    return rows[0] if rows else None


async def read_events(pool: Pool, shown: Credential, wanted: EventFilter) -> EventPage:
    """Newest first, and only what the credential may see."""
    rows = await _rows(
        pool,
        "list_events",
        all=shown.admin,
        direct=shown.direct,
        token_hash=shown.token_hash,
        account_id=shown.shown.account_id,
        status=wanted.status,
        poll_id=wanted.poll_id,
        after=wanted.after,
        limit=wanted.limit + 1,
    )
    page = rows[: wanted.limit]
    return EventPage(
        items=tuple(document(row.event, row.version) for row in page),
        next=page[-1].event_id if len(rows) > wanted.limit else None,
    )


async def read_poll(
    pool: Pool, poll_id: UUID, token_hash: str | None
) -> tuple[KnownPoll, UUID | None] | None:
    """The poll, and whose edit link the credential is, if it is one of this poll's."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            _SQL["poll_and_participant"],
            {"poll_id": poll_id, "token_hash": token_hash},
            prepare=True,
        )
        row = await cursor.fetchone()
    return None if row is None else (KnownPoll.model_validate(row[0]), row[1])


async def _rows(pool: Pool, statement: str, **parameters: Any) -> list[Row]:
    async with (
        pool.connection() as connection,
        connection.cursor(row_factory=class_row(Row)) as cursor,
    ):
        await cursor.execute(_SQL[statement], parameters, prepare=True)
        return await cursor.fetchall()
