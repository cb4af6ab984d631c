"""kill -9 amid thousands of deliveries: none is lost, and only what was in flight comes again."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg import AsyncConnection

from event_lifecycle.migrations import FOLDERS
from event_lifecycle.testing.backlog import append_events
from event_lifecycle.testing.quick_partner import QuickPartner, serve_partners
from event_lifecycle.testing.receipts import Delivered, Tally, in_flight, tally
from event_lifecycle.testing.running import eventually
from event_lifecycle.webhooks.sender import SLOTS
from standalone.lone_service import LoneService

SETTINGS = {
    "WEBHOOK_ALLOW_HTTP": "true",
    "WEBHOOK_ALLOW_PRIVATE": "true",
    "WEBHOOK_RATE": "10000",
}
# Attempts under way, and as many that have ended and are not recorded yet.
IN_FLIGHT_AT_MOST = 2 * SLOTS
NewService = Callable[[], LoneService]


@pytest.fixture
def new_service(
    template_database: Callable[..., str], new_database: Callable[[str], str], tmp_path: Path
) -> NewService:
    def make() -> LoneService:
        database = new_database(template_database("event_lifecycle", *FOLDERS))
        return LoneService("event-lifecycle", database, tmp_path, settings=SETTINGS)

    return make


@asynccontextmanager
async def registered(
    service: LoneService, count: int
) -> AsyncGenerator[tuple[dict[UUID, QuickPartner], AsyncConnection[Any]]]:
    """So many partners by their endpoint, of a service that is stopped again."""
    headers = {"authorization": f"Bearer {service.admin_token}"}
    async with (
        serve_partners(count) as partners,
        await AsyncConnection.connect(service.database, autocommit=True) as connection,
    ):
        try:
            await asyncio.to_thread(service.starts)
            by_endpoint: dict[UUID, QuickPartner] = {}
            async with httpx.AsyncClient(base_url=service.url, headers=headers) as client:
                for partner in partners:
                    answer = await client.post(
                        "/api/v1/webhooks/endpoints", json={"url": partner.url}
                    )
                    by_endpoint[UUID(answer.raise_for_status().json()["id"])] = partner
            await asyncio.to_thread(service.stops)
            yield by_endpoint, connection
        finally:
            await asyncio.to_thread(service.stops)


async def killed(
    service: LoneService, *, kills: int, messages: int, endpoints: int = 20
) -> tuple[Tally, int]:
    """What came of it, and how many deliveries were in flight at the kills."""
    async with registered(service, endpoints) as (partners, connection):
        await append_events(service.database, messages)
        total, interrupted = messages * endpoints, set[Delivered]()

        async def has_received(count: int) -> bool:
            return sum(len(partner.taken) for partner in partners.values()) >= count

        for kill in range(kills):
            await asyncio.to_thread(service.begins)
            wanted = total * (kill + 1) // (kills + 1)
            await eventually(lambda count=wanted: has_received(count), within=60)
            service.dies()
            interrupted |= await in_flight(connection)
            # A minute passes, in which nobody runs: leases end.
            await connection.execute("update webhook_deliveries set next_at = now()")
        await asyncio.to_thread(service.begins)

        async def is_through() -> bool:
            return not await pending(connection)

        await eventually(is_through, within=60)
        return await tally(connection, partners, interrupted), len(interrupted)


async def pending(connection: AsyncConnection[Any]) -> bool:
    cursor = await connection.execute(
        "select from webhook_deliveries where state = 'pending' limit 1"
    )
    return bool(await cursor.fetchall())


async def test_two_kills_lose_nothing_and_repeat_only_what_was_in_flight(
    new_service: NewService,
) -> None:
    result, interrupted = await killed(new_service(), kills=2, messages=75)
    assert (result.lost, result.unexplained) == (0, 0)
    assert 0 < interrupted <= 2 * IN_FLIGHT_AT_MOST
    assert result.again <= interrupted


@pytest.mark.soak
async def test_twelve_kills_over_thirty_thousand_deliveries(new_service: NewService) -> None:
    result, interrupted = await killed(new_service(), kills=12, messages=1_500)
    assert (result.lost, result.unexplained) == (0, 0)
    assert 0 < result.again <= interrupted <= 12 * IN_FLIGHT_AT_MOST


async def test_an_endpoint_that_hangs_gets_its_ten_and_all_others_go_on(
    new_service: NewService,
) -> None:
    service = new_service()
    async with registered(service, 20) as (partners, _):
        hanging, *others = partners.values()
        hanging.hangs = True
        await append_events(service.database, 60)
        await asyncio.to_thread(service.begins)

        async def all_have_all() -> bool:
            return all(len(other.receipts()) == 60 for other in others)

        await eventually(all_have_all, within=30)
        # It takes 15 s until the first of them is given up.
        assert len(hanging.taken) == 10
