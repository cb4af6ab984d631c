"""The span of an attempt: in the trace of what the partner is told of."""

from collections.abc import Mapping, Sequence

from opentelemetry import trace
from opentelemetry.trace import StatusCode
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from chassis.tracing import are_recorded
from event_lifecycle.webhooks.claims import Claimed
from event_lifecycle.webhooks.retry import Attempt

_SQL = load("event_lifecycle.webhooks", "dispatch.sql")


async def traceparents(
    connection: AsyncConnection[TupleRow], deliveries: Sequence[Claimed]
) -> Mapping[int, str | None]:
    """Of what is behind messages, by the messages' numbers; asked only where spans are recorded.

    What is told of an endpoint that was disabled begins a trace.
    """
    if not deliveries or not are_recorded():
        return {}
    columns = {
        "messages": [one.n for one in deliveries],
        "created_at": [one.created_at for one in deliveries],
    }
    cursor = await connection.execute(_SQL["traceparents"], columns)
    return {number: traceparent for number, traceparent in await cursor.fetchall()}


def describe(attempt: Attempt) -> None:
    """Tell the current span what came of it, and nothing of the partner."""
    current = trace.get_current_span()
    if not current.is_recording():
        return
    if attempt.status is not None:
        current.set_attribute("http.response.status_code", attempt.status)
    if attempt.error is not None:
        # What follows the colon may name the partner.
        current.set_attribute("error.type", attempt.error.partition(":")[0])
        current.set_status(StatusCode.ERROR)
