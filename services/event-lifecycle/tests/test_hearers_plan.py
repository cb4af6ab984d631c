"""Who hears is found by index, however many accounts have endpoints."""

from collections.abc import Callable

import psycopg
import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import connect

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HEARERS = b"""
explain (analyze, costs off, timing off, buffers off)
select h.id
from (
    select row(
        uuidv7(), t.type, coalesce(t.poll_id, gen_random_uuid())::text, t.poll_id, now(), 1, null
    )::webhook_told as told
    from (
        select 'event.completed' as type, poll_id from known_polls limit 100
    ) as t
    offset 0
) as m
cross join lateral webhook_hearers(m.told) as h
"""


async def test_who_hears_is_found_by_index_among_thousands_of_accounts(
    settings: Settings, as_owner: Callable[[str], str]
) -> None:
    async with await connect(settings) as connection:
        await connection.execute(
            "insert into webhook_endpoints (id, kind, url, types, state, scope, account_id)"
            " select uuidv7(), 'webhook', 'https://example.com', '{}', 'enabled', 'account',"
            " gen_random_uuid() from generate_series(1, 5000)"
        )
        await connection.execute(
            "insert into known_polls"
            " (poll_id, organiser_hash, answer_hash, public, document, owner)"
            " select gen_random_uuid(), uuidv7()::text, uuidv7()::text, false, '{}', account_id"
            " from webhook_endpoints"
        )
        with psycopg.connect(as_owner(settings.database_url.get_secret_value())) as owner:
            owner.execute("analyze webhook_endpoints, known_polls")
        cursor = await connection.execute(_HEARERS)
        plan = "\n".join(line for (line,) in await cursor.fetchall())
    assert "Function Scan" not in plan
    assert "Seq Scan on webhook_endpoints" not in plan
    assert "webhook_endpoints_account" in plan
