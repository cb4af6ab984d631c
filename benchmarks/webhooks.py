"""Webhooks of one process of the service, beside one after the other with httpx.

The service is its own command line in a process of its own, on PostgreSQL with fsync; partners are
in this process and answer at once. What is due was written before the clock starts, by the real
store, while the service was stopped. The rate of an endpoint (50/s by default) is lifted, so that
it is not what is measured; ten in flight at each stay. A rate is of deliveries that were recorded
as such: from the first attempt's begin to the last one's commit.
"""

import asyncio
import json
import random
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, time
from typing import Any
from uuid import UUID

import aiohttp
import uvloop
from psycopg import AsyncConnection

from benchmarks import webhooks_baseline
from benchmarks.report import Row, p50, p99, report
from benchmarks.servers import database, kafka, postgres
from chassis.migrations import migrate
from event_lifecycle.migrations import FOLDERS
from event_lifecycle.testing.backlog import append_events
from event_lifecycle.testing.quick_partner import QuickPartner, serve_partners
from event_lifecycle.testing.receipts import Delivered, in_flight, tally
from standalone.lone_service import LoneService

ENDPOINTS = 20
MESSAGES = 1_000
BASELINE_MESSAGES = 100
ROUNDS = 2
KILLED_MESSAGES = 1_500
KILLS = 12
EVENTS_PER_S = 600
# The broker's and the service's first seconds are not what a partner waits for every day.
WARMING_S = 5
SECONDS = 8

_PATIENCE_S = 240
_SETTINGS = {
    "WEBHOOK_ALLOW_HTTP": "true",
    "WEBHOOK_ALLOW_PRIVATE": "true",
    "WEBHOOK_RATE": "10000",
}
_TAKEN = """
select count(*), extract(epoch from max(d.done_at) - min(a.at))::float
from webhook_deliveries d join webhook_attempts a on a.delivery = d.id
where d.endpoint = any(%s) and d.state = 'delivered'
"""
_PENDING = """
select exists (
    select from webhook_deliveries where endpoint = any(%s) and state = 'pending'
)
"""


@dataclass(frozen=True)
class Setting:
    """`endpoints` are the ids of those at `partners`, in the same order."""

    service: LoneService
    partners: list[QuickPartner]
    endpoints: list[UUID]
    connection: AsyncConnection[Any]

    async def rate(self, messages: int, endpoints: list[UUID]) -> float:
        """Deliveries per second of these, when so many messages for each were waiting."""
        await append_events(self.service.database, messages)
        await asyncio.to_thread(self.service.begins)
        await self.none_pending(endpoints)
        self.service.dies()
        cursor = await self.connection.execute(_TAKEN, (endpoints,))
        [(count, seconds)] = await cursor.fetchall()
        assert count == messages * len(endpoints), f"{count} deliveries"
        return count / seconds

    async def none_pending(self, endpoints: list[UUID]) -> None:
        deadline = perf_counter() + _PATIENCE_S
        while (await self.rows(_PENDING, endpoints))[0][0]:
            assert perf_counter() < deadline, "deliveries are still pending"
            await asyncio.sleep(0.1)

    async def rows(self, statement: str, *parameters: Any) -> list[Any]:
        cursor = await self.connection.execute(statement.encode(), parameters)
        return await cursor.fetchall()


@asynccontextmanager
async def setting(
    server: str, bootstrap: str, endpoints: int, **more: str
) -> AsyncGenerator[Setting]:
    """The service, stopped, on a database of its own, with endpoints that answer at once."""
    with database(server) as url, tempfile.TemporaryDirectory(prefix="commontime-bench-") as folder:
        migrate(url, *FOLDERS)
        settings = {**_SETTINGS, **more, "KAFKA_BOOTSTRAP_SERVERS": bootstrap}
        service = LoneService("event-lifecycle", url, Path(folder), settings=settings)
        async with (
            serve_partners(endpoints) as partners,
            await AsyncConnection.connect(url, autocommit=True) as connection,
        ):
            try:
                await asyncio.to_thread(service.starts)
                ids = [await _registered(service, partner) for partner in partners]
                service.stops()
                yield Setting(service, partners, ids, connection)
            finally:
                service.stops()


async def _registered(service: LoneService, partner: QuickPartner) -> UUID:
    body = {"url": partner.url, "types": ["event.created"]}
    headers = {"Authorization": f"Bearer {service.admin_token}"}
    async with (
        aiohttp.ClientSession(service.url) as session,
        session.post("/api/v1/webhooks/endpoints", json=body, headers=headers) as answer,
    ):
        assert answer.status == 201, await answer.text()
        return UUID((await answer.json())["id"])


async def throughput(server: str, bootstrap: str) -> list[Row]:
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(ROUNDS):
        async with setting(server, bootstrap, ENDPOINTS) as here:
            ours.append(await here.rate(MESSAGES, here.endpoints))
        async with setting(server, bootstrap, ENDPOINTS) as here:
            await append_events(here.service.database, BASELINE_MESSAGES)
            plain.append(await webhooks_baseline.rate(here.service))
    case = f"deliveries of {MESSAGES:,} messages to {ENDPOINTS} endpoints"
    return [
        Row(case, "1/s", p50(ours), target=2_000),
        Row(f"{case}, beside httpx in series", "1/s", p50(ours), p50(plain)),
    ]


async def with_one_hanging(server: str, bootstrap: str) -> Row:
    rates: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for hangs in (False, True):
            count = ENDPOINTS if hangs else ENDPOINTS - 1
            async with setting(server, bootstrap, count) as here:
                if hangs:
                    here.partners[-1].hangs = True
                good = here.endpoints[: ENDPOINTS - 1]
                rates[hangs].append(await here.rate(MESSAGES, good))
    case = f"deliveries to {ENDPOINTS - 1} endpoints while one more hangs"
    return Row(case, "1/s", p50(rates[True]), p50(rates[False]), target=0.8)


async def killed(server: str, bootstrap: str) -> list[Row]:
    async with setting(server, bootstrap, ENDPOINTS) as here:
        await append_events(here.service.database, KILLED_MESSAGES)
        total = KILLED_MESSAGES * ENDPOINTS
        interrupted: set[Delivered] = set()
        for kill in range(KILLS):
            await asyncio.to_thread(here.service.begins)
            await _received(here, total * (kill + 1) // (KILLS + 2))
            here.service.dies()
            interrupted |= await in_flight(here.connection)
        await asyncio.to_thread(here.service.begins)
        await here.none_pending(here.endpoints)
        partners = dict(zip(here.endpoints, here.partners, strict=True))
        result = await tally(here.connection, partners, interrupted)
    case = f"{KILLS} × kill -9 over {total:,} deliveries"
    most = len(interrupted)
    return [
        Row(f"{case}, lost", "", result.lost, target=0, better="lower"),
        Row(f"{case}, in flight at the kills", "", most),
        Row(f"{case}, sent again", "", result.again, target=most, better="lower"),
        Row(f"{case}, not to be explained", "", result.unexplained, target=0, better="lower"),
    ]


async def _received(here: Setting, count: int) -> None:
    """Wait for so many, and a moment that no one chose."""
    deadline = perf_counter() + _PATIENCE_S
    while sum(len(partner.taken) for partner in here.partners) < count:
        assert perf_counter() < deadline, "nothing more arrives"
        await asyncio.sleep(0.005)
    await asyncio.sleep(random.random() / 20)


async def latency(server: str, bootstrap: str) -> list[Row]:
    """From the request that creates an event to the partner's answer about it.

    One partner gets them all: ten in flight would be too few.
    """
    async with setting(server, bootstrap, 1, WEBHOOK_IN_FLIGHT="100") as here:
        await asyncio.to_thread(here.service.starts)
        began = await _created_at_rate(here.service)
        await here.none_pending(here.endpoints)
        [partner] = here.partners
        arrived = {json.loads(one.body)["data"]["id"]: one.at for one in partner.taken}
    late = [(arrived[event_id] - at) * 1000 for event_id, at in began.items()]
    case = f"{EVENTS_PER_S} events/s, created to partner has answered"
    return [
        Row(f"{case}, p50", "ms", p50(late)),
        Row(f"{case}, p99", "ms", p99(late), target=100, better="lower"),
    ]


async def _created_at_rate(service: LoneService) -> dict[str, float]:
    """When creating each event began, in seconds since 1970, warm-up left out."""
    began: dict[str, float] = {}
    headers = {"Authorization": f"Bearer {service.admin_token}"}
    body = {"title": "Planning", "starts_at": "2199-07-01T09:00:00Z"}

    async def create(*, counts: bool) -> None:
        at = time()
        async with session.post("/api/v1/events", json=body) as answer:
            assert answer.status == 201, await answer.text()
            created = (await answer.json())["id"]
        if counts:
            began[created] = at

    async with aiohttp.ClientSession(service.url, headers=headers) as session:
        start = perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for n in range(EVENTS_PER_S * (WARMING_S + SECONDS)):
                await asyncio.sleep(start + n / EVENTS_PER_S - perf_counter())
                tasks.create_task(create(counts=n >= EVENTS_PER_S * WARMING_S))
    return began


async def measure(server: str, bootstrap: str) -> list[Row]:
    return [
        *await throughput(server, bootstrap),
        *await latency(server, bootstrap),
        await with_one_hanging(server, bootstrap),
        *await killed(server, bootstrap),
    ]


def main() -> bool:
    with postgres() as server, kafka() as bootstrap:
        rows = uvloop.run(measure(server, bootstrap))
    return report("webhooks", rows)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
