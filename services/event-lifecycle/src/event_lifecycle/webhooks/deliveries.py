"""Deliveries in the database: taken for an attempt, and told what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row

from chassis.named_sql import load
from event_lifecycle.webhooks.retry import Attempt, Verdict

_SQL = load("event_lifecycle.webhooks", "dispatch.sql")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until its lease ends. `attempts` counts the one about to begin."""

    id: int
    attempts: int
    state: str
    endpoint: UUID
    url: str
    secret_sealed: bytes | None
    n: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Result:
    delivery: Claimed
    attempt: Attempt
    verdict: Verdict


async def claim(
    connection: AsyncConnection[TupleRow],
    *,
    limit: int,
    in_flight: int,
    sending: Mapping[UUID, int],
    most: int,
    lease: timedelta,
) -> list[Claimed]:
    """Take up to `limit` due deliveries, so that no endpoint has more than `in_flight`.

    `sending`: how many each endpoint has already. One that used up its `most` attempts without
    a result, because each time the process died, becomes a dead letter and is not returned.
    """
    parameters = {
        "limit": limit,
        "in_flight": in_flight,
        "busy": list(sending),
        "sending": list(sending.values()),
        "most": most,
        "lease": lease,
    }
    async with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        await cursor.execute(_SQL["claim"], parameters)
        return [claimed for claimed in await cursor.fetchall() if claimed.state == "pending"]


async def record(connection: AsyncConnection[TupleRow], results: Sequence[Result]) -> None:
    """Log the attempts and move their deliveries on, all at once."""
    gone = list({result.delivery.endpoint for result in results if result.verdict.disable})
    async with connection.transaction():
        if gone:
            await connection.execute(_SQL["disable_endpoints"], {"endpoints": gone})
        rows = orjson.dumps([_row(result) for result in results]).decode()
        await connection.execute(_SQL["record_attempts"], {"results": rows})
        if gone:
            await connection.execute(_SQL["bury_deliveries"], {"endpoints": gone})


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
    }
