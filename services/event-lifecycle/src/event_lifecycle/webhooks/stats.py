"""How an endpoint has been doing."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from chassis.database import Pool
from chassis.named_sql import load
from event_lifecycle.webhooks.bodies import EndpointStats, StatsOfSpan
from event_lifecycle.webhooks.endpoints import endpoint_on
from event_lifecycle.webhooks.owners import Owner
from eventstore.once import Connection

MOST_LOOKED_AT = 100_000
_SQL = load("event_lifecycle.webhooks", "stats.sql")

Row = dict[str, Any]


async def read_stats(pool: Pool, endpoint_id: UUID, owner: Owner, usual_rate: int) -> EndpointStats:
    """Of its newest deliveries, at most `MOST_LOOKED_AT`. Raises `UnknownEndpoint`."""
    wanted = {"id": endpoint_id, "most": MOST_LOOKED_AT}
    async with pool.connection() as connection:
        endpoint = await endpoint_on(connection, endpoint_id, owner)
        [still_open] = await _rows(connection, "open_deliveries", wanted)
        states = await _rows(connection, "deliveries_by_state", wanted)
        outcomes = await _rows(connection, "attempts_by_outcome", wanted)
    return EndpointStats(
        **still_open,
        state=endpoint.state,
        breaker=endpoint.breaker,
        breaker_until=endpoint.breaker_until,
        failing_since=endpoint.failing_since,
        rate=min(endpoint.rate or usual_rate, usual_rate),
        last_hour=_span("last_hour", states, outcomes),
        last_day=_span("last_day", states, outcomes),
    )


def _span(name: str, states: list[Row], outcomes: list[Row]) -> StatsOfSpan:
    by_state: defaultdict[str, int] = defaultdict(int)
    for row in states:
        if row["name"] == name:
            by_state[row["state"]] = row["deliveries"]
    tried = {row["outcome"]: row for row in outcomes if row["name"] == name}
    of_all = tried.pop(None, None)
    attempts = {outcome: row["attempts"] for outcome, row in sorted(tried.items())}
    median, slow = of_all["latency_ms"] if of_all else (None, None)
    return StatsOfSpan(
        pending=by_state["pending"],
        delivered=by_state["delivered"],
        dead=by_state["dead"],
        attempts=attempts,
        success_rate=attempts.get("delivered", 0) / of_all["attempts"] if of_all else None,
        latency_ms_p50=median,
        latency_ms_p95=slow,
    )


async def _rows(connection: Connection, statement: str, parameters: Row) -> list[Row]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SQL[statement], parameters)
        return await cursor.fetchall()
