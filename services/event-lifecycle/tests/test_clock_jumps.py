"""The service's clock jumps by hours while it runs: nothing comes early, late, or not at all.

libfaketime stands between the process and its wall clock, and reads the shift from a file; the
database keeps the right time, and so do partners.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg import AsyncConnection

from event_lifecycle.migrations import FOLDERS
from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import an_event, eventually
from standalone.lone_service import LoneService

pytestmark = pytest.mark.asyncio(loop_scope="module")
DELAY = timedelta(seconds=1)
# From the due instant to the fact, also on a machine that is busy with other tests.
LATE_AT_MOST = timedelta(seconds=3)
JUMPS = ("+3h", "-5h", "+0", "+400d")


class Jumping(LoneService):
    """`by` shifts its wall clock from now on: `+3h`, `-5h`; its monotonic clock goes on."""

    def __init__(self, database: str, folder: Path, library: Path) -> None:
        self._shift = folder / "shift"
        self.by("+0")
        settings = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._shift),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "WEBHOOK_ALLOW_HTTP": "true",
            "WEBHOOK_ALLOW_PRIVATE": "true",
        }
        super().__init__("event-lifecycle", database, folder, settings=settings)

    def by(self, shift: str) -> None:
        # Replaced in one step: the process reads it at any moment.
        fresh = self._shift.with_suffix(".new")
        fresh.write_text(f"{shift}\n")
        fresh.rename(self._shift)


def faketime_library() -> Path:
    """Where the command line's own library lies; skips where the package is not installed."""
    command = shutil.which("faketime")
    if command is None:
        pytest.skip("needs the Debian package faketime")
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "faketime is installed without its library"
    return found[0]


@pytest.fixture
def service(
    template_database: Callable[..., str], new_database: Callable[[str], str], tmp_path: Path
) -> Jumping:
    database = new_database(template_database("event_lifecycle", *FOLDERS))
    return Jumping(database, tmp_path, faketime_library())


@asynccontextmanager
async def started(service: Jumping) -> AsyncGenerator[httpx.AsyncClient]:
    await asyncio.to_thread(service.starts)
    headers = {"authorization": f"Bearer {service.admin_token}"}
    try:
        async with httpx.AsyncClient(base_url=service.url, headers=headers) as client:
            yield client
    finally:
        await asyncio.to_thread(service.stops)


async def created(client: httpx.AsyncClient) -> UUID:
    completion = {"mode": "after_creation", "delay": f"PT{DELAY.seconds}S"}
    answer = await client.post("/api/v1/events", json=an_event(completion=completion))
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def facts(database: str) -> dict[UUID, list[tuple[str, datetime, datetime | None]]]:
    """Type, instant and due time by event, in order, as the database has them."""
    found: dict[UUID, list[Any]] = {}
    async with await AsyncConnection.connect(database) as connection:
        cursor = await connection.execute(
            "select key::uuid, type, recorded_at, (data -> 'details' ->> 'due_at')::timestamptz"
            " from events order by position"
        )
        async for key, *fact in cursor:
            found.setdefault(key, []).append(tuple(fact))
    return found


async def all_completed(database: str, events: list[UUID]) -> bool:
    stored = await facts(database)
    return all(len(stored[event_id]) == 2 for event_id in events)


async def test_events_complete_at_their_instant_whatever_the_process_believes_of_the_time(
    service: Jumping, receiver: Receiver
) -> None:
    events: list[UUID] = []
    async with started(service) as client:
        endpoint = await client.post("/api/v1/webhooks/endpoints", json={"url": receiver.url})
        for jump in JUMPS:
            # One falls due after the jump, one is created after it.
            events.append(await created(client))
            service.by(jump)
            events.append(await created(client))
            await eventually(lambda: all_completed(service.database, events))
        await eventually(lambda: receiver.has(2 * len(events)))
    stored = await facts(service.database)
    assert sorted(stored) == sorted(events)
    for (_, scheduled_at, due_at), (kind, completed_at, _) in stored.values():
        assert due_at is not None
        assert abs(due_at - scheduled_at - DELAY) < LATE_AT_MOST
        assert kind == "commontime.event.completed.v1"
        assert due_at <= completed_at <= due_at + LATE_AT_MOST
    # The partner's clock is right: of a message with the time of ours it would believe nothing.
    assert all(got.verifies(endpoint.json()["secret"]) for got in receiver.got)
    assert len(receiver.got) == 2 * len(events)


async def test_the_clock_of_the_process_does_jump(service: Jumping) -> None:
    async with started(service) as client:
        await created(client)
        service.by("+400d")
        await created(client)
        lines = map(json.loads, service.log.read_text().splitlines())
    told = [datetime.fromisoformat(line["timestamp"]) for line in lines]
    assert max(told) - min(told) > timedelta(days=399)
