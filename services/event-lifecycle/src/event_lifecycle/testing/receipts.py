"""What partners got, compared with what the database says they were to get."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from event_lifecycle.testing.quick_partner import QuickPartner

Delivered = tuple[UUID, str]
"""An endpoint, and the id of a message."""


@dataclass(frozen=True)
class Tally:
    """`unexplained`: sent again though not in flight, more often than counted, or changed."""

    lost: int
    again: int
    unexplained: int


async def in_flight(connection: AsyncConnection[Any]) -> set[Delivered]:
    """What a process that has just died had taken and not recorded."""
    return await _deliveries(connection, "state = 'pending' and attempts > 0")


async def tally(
    connection: AsyncConnection[Any],
    partners: Mapping[UUID, QuickPartner],
    interrupted: set[Delivered],
) -> Tally:
    """`interrupted` are those that were in flight at some kill."""
    receipts = {
        (endpoint, message): times
        for endpoint, partner in partners.items()
        for message, times in partner.receipts().items()
    }
    written = await _deliveries(connection, "true")
    delivered = await _deliveries(connection, "state = 'delivered'")
    counted = await _deliveries(connection, "attempts > 1")
    again = {one for one, times in receipts.items() if times > 1}
    changed = [
        message
        for partner in partners.values()
        for message, bodies in partner.bodies().items()
        if len(bodies) > 1
    ]
    unexplained = (again - (interrupted & counted)) | (receipts.keys() - written)
    return Tally(
        lost=len(written - (delivered & receipts.keys())),
        again=sum(times - 1 for times in receipts.values()),
        unexplained=len(unexplained) + len(changed),
    )


async def _deliveries(connection: AsyncConnection[Any], where: str) -> set[Delivered]:
    # The conditions are the constants above.
    statement = f"select endpoint, message from webhook_deliveries where {where}"  # noqa: S608
    cursor = await connection.execute(statement.encode())
    return {(endpoint, f"msg_{n}") for endpoint, n in await cursor.fetchall()}
