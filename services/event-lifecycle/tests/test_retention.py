"""The log of webhooks is kept for as long as it is to be kept, and never stands in the way."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from pydantic import ValidationError

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import AS_ADMIN, Running, connect, eventually
from event_lifecycle.webhooks.retention import bury_of_disabled, tidy
from eventstore.dedicated import Connection, dedicated_connection

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = timedelta(days=1)
KEEP = 30 * DAY
As = Callable[[str], str]


@asynccontextmanager
async def janitor(running: Running) -> AsyncGenerator[Connection]:
    url = running.settings.database_url.get_secret_value()
    async with dedicated_connection(url, "test", {"lock_timeout": "50ms"}) as connection:
        yield connection


async def tidied(running: Running) -> bool:
    async with janitor(running) as connection:
        return await tidy(connection, KEEP)


async def told(running: Running, days_ago: int, state: str = "delivered") -> int:
    """A message that came to its end when it was told, or waits; its number."""
    endpoint = str(uuid4())
    await running.rows(
        "insert into webhook_endpoints (id, kind, url, types, state)"
        " values (%s, 'webhook', 'http://127.0.0.1:9', '{}', 'enabled')",
        endpoint,
    )
    [(n, at)] = await running.rows(
        "insert into webhook_messages (fact_id, kind, type, subject, body, created_at)"
        " values (gen_random_uuid(), 'webhook', 'event.created', 'x', '{}',"
        " now() - %s * interval '1 day') returning n, created_at",
        days_ago,
    )
    await running.rows(
        "insert into webhook_deliveries (message, endpoint, subject, state, next_at, created_at,"
        " done_at) values (%s, %s, 'x', %s, now() + interval '1 day', %s, %s)",
        n,
        endpoint,
        state,
        at,
        None if state == "pending" else at,
    )
    await running.rows(
        "insert into webhook_attempts (delivery, n, at, ms, response_excerpt)"
        " select id, 1, created_at, 1, '' from webhook_deliveries where message = %s",
        n,
    )
    return n


async def has_day(running: Running, as_owner: As, days_ago: int) -> str:
    """A partition of both tables for that day; the name of the messages'."""
    [(today,)] = await running.rows("select (now() at time zone 'UTC')::date")
    day: date = today - days_ago * DAY
    for table in ("webhook_messages", "webhook_attempts"):
        await owner_says(
            running,
            as_owner,
            f"create table if not exists {table}_{day:%Y%m%d} partition of {table}"
            f" for values from ('{day} 00:00Z') to ('{day + DAY} 00:00Z')",
        )
    return f"webhook_messages_{day:%Y%m%d}"


async def owner_says(running: Running, as_owner: As, statement: str) -> None:
    url = as_owner(running.settings.database_url.get_secret_value())
    async with await AsyncConnection.connect(url, autocommit=True) as owner:
        await owner.execute(statement.encode())


async def count(running: Running, table: str) -> int:
    [(rows,)] = await running.rows(f"select count(*) from {table}")
    return rows


async def exists(running: Running, table: str) -> bool:
    [(found,)] = await running.rows("select to_regclass(%s) is not null", table)
    return found


async def numbers(running: Running) -> list[Any]:
    return [n for (n,) in await running.rows("select n from webhook_messages order by n")]


async def test_days_that_are_over_are_dropped_with_all_that_is_of_them(
    running: Running, as_owner: As
) -> None:
    old, kept = await has_day(running, as_owner, 31), await has_day(running, as_owner, 29)
    await told(running, 31)
    stays = await told(running, 29)
    assert await tidied(running)
    assert not await exists(running, old)
    assert not await exists(running, old.replace("messages", "attempts"))
    assert await exists(running, kept)
    assert await numbers(running) == [stays]
    assert await count(running, "webhook_deliveries") == 1
    assert await count(running, "webhook_attempts") == 1


async def test_what_is_in_the_default_partitions_goes_too(running: Running) -> None:
    await told(running, 40)
    stays = await told(running, 20)
    assert await count(running, "webhook_messages_default") == 2
    assert await tidied(running)
    assert await numbers(running) == [stays]
    assert await count(running, "webhook_attempts") == 1


async def test_a_delivery_nobody_could_be_told_of_is_a_dead_letter_before_it_goes(
    running: Running,
    as_owner: As,
) -> None:
    day = await has_day(running, as_owner, 32)
    n = await told(running, 32, "pending")
    assert await tidied(running)
    assert await running.rows("select state, error from webhook_deliveries") == [
        ("dead", "expired")
    ]
    assert await numbers(running) == [n]
    await running.rows("update webhook_deliveries set done_at = now() - interval '25 hours'")
    assert await tidied(running)
    assert not await exists(running, day)
    assert await count(running, "webhook_deliveries") == 0


async def test_a_message_that_a_delivery_still_shows_is_not_dropped(
    running: Running, as_owner: As
) -> None:
    for days_ago in (33, 45):
        await told(running, days_ago)
    partition = await has_day(running, as_owner, 34)
    await told(running, 34)
    await running.rows("update webhook_deliveries set done_at = now()")
    assert await tidied(running)
    assert await exists(running, partition)
    assert len(await numbers(running)) == 3


async def test_somebody_reading_is_left_alone_and_the_day_is_dropped_later(
    running: Running,
    as_owner: As,
) -> None:
    partition = await has_day(running, as_owner, 35)
    async with await connect(running.settings) as reading:
        await reading.execute("begin")
        await reading.execute("select from webhook_messages")
        assert not await tidied(running)
        assert await exists(running, partition)
        await running.creates()
    assert await tidied(running)
    assert not await exists(running, partition)


async def test_days_ahead_are_made_and_one_replica_at_a_time_tidies(
    running: Running, as_owner: As
) -> None:
    [(ahead,)] = await running.rows(
        "select 'webhook_messages' || to_char(now() at time zone 'UTC' + interval '7 days',"
        " '_YYYYMMDD')"
    )
    await owner_says(running, as_owner, f"drop table {ahead}")
    partition = await has_day(running, as_owner, 36)
    async with janitor(running) as other:
        await other.execute("select pg_advisory_lock(hashtextextended('webhook retention', 0))")
        assert await tidied(running)
        assert await exists(running, partition)
    assert await tidied(running)
    assert await exists(running, ahead)
    assert not await exists(running, partition)


async def test_what_waits_for_a_disabled_endpoint_is_buried(running: Running) -> None:
    await told(running, 0, "pending")
    await running.rows("update webhook_endpoints set state = 'disabled'")
    await told(running, 0, "pending")
    async with janitor(running) as connection:
        assert await bury_of_disabled(connection) == 1
        assert await bury_of_disabled(connection) == 0
    rows = await running.rows("select state, error from webhook_deliveries order by id")
    assert rows == [("dead", "endpoint_disabled"), ("pending", None)]


async def test_an_event_is_told_of_also_on_a_day_that_has_no_partition(
    running: Running, receiver: Receiver, as_owner: As
) -> None:
    for table in ("webhook_messages", "webhook_attempts"):
        [(today,)] = await running.rows(
            "select %s || to_char(now() at time zone 'UTC', '_YYYYMMDD')", table
        )
        await owner_says(running, as_owner, f"drop table {today}")
    await running.registers(receiver.url)
    await running.creates()
    await eventually(lambda: receiver.has(1))
    await running.the_delivery("delivered")
    assert await count(running, "webhook_messages_default") == 1
    assert await tidied(running)
    assert len((await running.client.get("/api/v1/webhooks/messages", headers=AS_ADMIN)).json())


@pytest.mark.parametrize(
    ("keep", "schedule", "said"),
    [
        (DAY, (timedelta(hours=20),), None),
        (DAY, (timedelta(hours=20), timedelta(seconds=1)), "WEBHOOK_RETRY_SCHEDULE goes on for"),
        (DAY - timedelta(seconds=1), (timedelta(hours=1),), "must be at least P1D"),
    ],
)
async def test_retries_that_outlast_the_log_are_refused_at_the_start(
    running: Running, keep: timedelta, schedule: tuple[timedelta, ...], said: str | None
) -> None:
    changed = {"webhook_keep": keep, "webhook_retry_schedule": schedule}
    values: dict[str, Any] = {**running.settings.model_dump(), **changed}
    if said is None:
        assert Settings(**values).webhook_keep == keep
        return
    with pytest.raises(ValidationError, match=said):
        Settings(**values)
