"""The service has its owner make and drop partitions, and can have it drop nothing else."""

import pytest
from psycopg.errors import InsufficientPrivilege

from event_lifecycle.testing.running import Running, connect

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    "table",
    [
        "events",
        "webhook_messages",
        "webhook_messages_default",
        "scheduled_events",
        "pg_catalog.webhook_messages_20200101",
        'webhook_messages_20200101"; drop table events; --',
    ],
)
async def test_what_is_no_day_of_the_log_is_not_dropped(running: Running, table: str) -> None:
    with pytest.raises(InsufficientPrivilege, match="is no partition of webhooks by day"):
        await running.rows("select webhook_drop_partition(%s)", table)
    await running.creates()


async def test_a_day_that_is_not_over_is_not_dropped(running: Running) -> None:
    await running.rows("select webhook_partitions_ahead(1)")
    [(today,)] = await running.rows(
        "select 'webhook_attempts' || to_char(now() at time zone 'UTC', '_YYYYMMDD')"
    )
    with pytest.raises(InsufficientPrivilege, match="is not over"):
        await running.rows("select webhook_drop_partition(%s)", today)


async def test_the_functions_find_their_tables_whatever_the_caller_says(running: Running) -> None:
    """What runs as the owner must not be led to tables or functions of somebody else."""
    rows = await running.rows(
        "select proname, prosecdef, proconfig, has_function_privilege('public', oid, 'execute')"
        " from pg_proc where proname in ('webhook_partitions_ahead', 'webhook_drop_partition')"
        " order by proname desc"
    )
    path = ["search_path=public, pg_temp"]
    assert rows == [
        ("webhook_partitions_ahead", True, path, False),
        ("webhook_drop_partition", True, path, False),
    ]
    async with await connect(running.settings) as connection:
        await connection.execute("set search_path = pg_catalog")
        await connection.execute("select public.webhook_partitions_ahead(2)")
