"""Deliveries in the database: taken for an attempt, and told what came of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row

from chassis.named_sql import load
from event_lifecycle.webhooks.announcing import tell_disabled
from event_lifecycle.webhooks.claims import Claimed, Result
from event_lifecycle.webhooks.metrics import Backlog
from event_lifecycle.webhooks.standings import standings

_SQL = load("event_lifecycle.webhooks", "dispatch.sql")


async def claim(
    connection: AsyncConnection[TupleRow],
    *,
    limit: int,
    rooms: Mapping[UUID, int],
    after: UUID,
    most: int,
    lease: timedelta,
) -> list[Claimed]:
    """Come across up to `limit` due deliveries: of each endpoint as many as its room, or one.

    Endpoints have their turn in the order of their ids, beginning with the one after `after`.
    `most`: attempts of a round.
    """
    parameters = {
        "limit": limit,
        "rooms": orjson.dumps({str(endpoint): room for endpoint, room in rooms.items()}).decode(),
        "after": after,
        "most": most,
        "lease": lease,
    }
    async with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        await cursor.execute(_SQL["claim"], parameters)
        return await cursor.fetchall()


async def record(
    connection: AsyncConnection[TupleRow], results: Sequence[Result], disable_after: timedelta
) -> None:
    """Log the attempts, move their deliveries and endpoints on, all at once.

    An endpoint that is gone, or has been failing for `disable_after`, is disabled, and its
    owner's other endpoints are told.
    """
    gone = {one.delivery.endpoint for one in results if one.verdict.disable}
    failing = {one.delivery.endpoint for one in results if _failing_for(one, disable_after)}
    if not gone and not failing:
        await _record(connection, results)
        return
    async with connection.transaction():
        await _record(connection, results)
        wanted = {"gone": list(gone), "failing": list(failing), "disable_after": disable_after}
        cursor = await connection.execute(_SQL["disable"], wanted)
        if disabled := [endpoint for (endpoint,) in await cursor.fetchall()]:
            await connection.execute(_SQL["bury"], {"endpoints": disabled})
            await tell_disabled(connection, disabled)


async def _record(connection: AsyncConnection[TupleRow], results: Sequence[Result]) -> None:
    rows = orjson.dumps([_row(result) for result in results])
    changes = orjson.dumps(standings(results))
    await connection.execute(
        _SQL["record"], {"results": rows.decode(), "standings": changes.decode()}
    )


def _failing_for(result: Result, disable_after: timedelta) -> bool:
    since = result.delivery.failing_since
    attempt = result.attempt
    return attempt.failed and since is not None and since + disable_after <= attempt.started_at


def _row(result: Result) -> dict[str, object]:
    attempt = result.attempt
    return {
        "delivery": result.delivery.id,
        "n": result.delivery.attempts,
        "at": attempt.started_at,
        "status": attempt.status,
        "ms": attempt.took // timedelta(milliseconds=1),
        "error": attempt.error,
        "excerpt": attempt.excerpt,
        "state": result.verdict.state,
        "pause_ms": result.verdict.pause // timedelta(milliseconds=1),
        "ordered": result.delivery.ordering == "per_event",
    }


async def look(connection: AsyncConnection[TupleRow]) -> Backlog:
    async with connection.cursor(row_factory=class_row(Backlog)) as cursor:
        await cursor.execute(_SQL["look"])
        return await cursor.fetchone() or Backlog(0, 0, 0.0)
