"""What a claim takes, from whom, and that it reads no more than that."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from chassis.named_sql import load
from event_lifecycle.testing.dispatching import Desk
from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import eventually
from event_lifecycle.webhooks.claims import Claimed
from event_lifecycle.webhooks.deliveries import claim

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOBODY = UUID(int=0)
NOWHERE = "http://127.0.0.1:1/"
MINUTE = timedelta(minutes=1)


async def take(
    desk: Desk, limit: int = 9, after: UUID = NOBODY, rooms: dict[UUID, int] | None = None
) -> list[Claimed]:
    return await claim(
        desk.connection, limit=limit, rooms=rooms or {}, after=after, most=4, lease=MINUTE
    )


async def fill(desk: Desk, endpoints: int, each: int) -> list[UUID]:
    """So many endpoints with so many due deliveries each, in the order of their ids."""
    made = sorted([await desk.endpoint(NOWHERE) for _ in range(endpoints)])
    for endpoint in made:
        await desk.tells(endpoint, *["one"] * each)
    return made


async def test_an_endpoint_that_nobody_knows_is_given_one_and_a_known_one_its_room(
    desk: Desk,
) -> None:
    first, second, third = await fill(desk, 3, each=5)
    claimed = await take(desk, rooms={first: 3, second: 0})
    assert Counter(one.endpoint for one in claimed) == {first: 3, third: 1}


@pytest.mark.parametrize("each", [10, 100])
async def test_few_slots_go_round_all_endpoints(desk: Desk, each: int) -> None:
    endpoints = await fill(desk, 6, each)
    last, turns = NOBODY, list[UUID]()
    for _ in range(6):
        claimed = await take(desk, limit=2, after=last)
        last = claimed[-1].endpoint
        turns += [one.endpoint for one in claimed]
    assert turns == endpoints * 2


async def test_what_is_found_for_a_disabled_endpoint_is_buried(desk: Desk) -> None:
    [endpoint] = await fill(desk, 1, each=3)
    await desk.change(endpoint, state="disabled")
    assert [one.fate for one in await take(desk)] == ["buried"] * 3
    assert await desk.states(endpoint) == [("dead", 0)] * 3
    errors = await desk.rows("select distinct error from webhook_deliveries")
    assert errors == [("endpoint_disabled",)]


async def test_an_open_breaker_gives_nothing_and_one_whose_time_has_come_gives_one_probe(
    desk: Desk,
) -> None:
    [endpoint] = await fill(desk, 1, each=5)
    await desk.change(endpoint, breaker_opened=1, breaker_until=datetime.now(UTC) + MINUTE)
    assert await take(desk, rooms={endpoint: 9}) == []
    await desk.change(endpoint, breaker_until=datetime.now(UTC) - MINUTE)
    [probe] = await take(desk, rooms={endpoint: 9})
    assert (probe.fate, probe.probe) == ("sent", True)
    assert await take(desk, rooms={endpoint: 9}) == []


async def test_both_secrets_come_along_for_as_long_as_both_are_valid(desk: Desk) -> None:
    [endpoint] = await fill(desk, 1, each=2)
    await desk.change(endpoint, secret_sealed=b"new", previous_secret_sealed=b"old")
    await desk.change(endpoint, previous_secret_until=datetime.now(UTC) + MINUTE)
    [both] = await take(desk)
    assert (both.secret_sealed, both.previous_secret_sealed) == (b"new", b"old")
    await desk.change(endpoint, previous_secret_until=datetime.now(UTC))
    [one] = await take(desk)
    assert (one.secret_sealed, one.previous_secret_sealed) == (b"new", None)


async def test_several_processes_share_the_work_and_send_nothing_twice(
    desk: Desk, receiver: Receiver
) -> None:
    endpoints = [await desk.endpoint(f"{receiver.url}/{n}") for n in range(8)]
    for endpoint in endpoints:
        await desk.tells(endpoint, *["one"] * 40)

    async def all_told() -> bool:
        return all([await desk.all_are(endpoint, "delivered") for endpoint in endpoints])

    async with desk.dispatcher(), desk.dispatcher(), desk.dispatcher():
        await eventually(all_told, within=30)
    assert Counter(Counter(got.id for got in receiver.got).values()) == {1: 320}


async def test_a_claim_reads_what_it_takes_however_much_there_is_besides(
    desk: Desk, as_owner: Callable[[str], str]
) -> None:
    """On tables that the planner has no statistics of, as when they have just been filled."""
    waiting = await fill(desk, 300, each=1)
    await desk.rows("update webhook_deliveries set next_at = now() + interval '1 hour'")
    [done] = await fill(desk, 1, each=5_000)
    await desk.rows("update webhook_deliveries set state = 'delivered' where endpoint = %s", done)
    url = desk.settings.database_url.get_secret_value()
    with psycopg.connect(as_owner(url), autocommit=True) as owner:
        owner.execute("vacuum webhook_deliveries")
    assert await pages_of_a_claim(desk) < 50
    await desk.tells(waiting[7], "one")
    assert await pages_of_a_claim(desk) < 300
    [hung] = await fill(desk, 1, each=3_000)
    await desk.change(hung, breaker_until=datetime.now(UTC) + MINUTE)
    assert await pages_of_a_claim(desk) < 5_000


async def pages_of_a_claim(desk: Desk) -> int:
    """Pages that it touched, by the server's own count; it is rolled back."""
    statement = load("event_lifecycle.webhooks", "dispatch.sql")["claim"]
    values = {"limit": 200, "rooms": "{}", "after": NOBODY, "most": 4, "lease": MINUTE}
    async with desk.connection.transaction(force_rollback=True):
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_sort"):
            await desk.rows(f"set local {setting} = off")
        cursor = await desk.connection.execute(
            b"explain (analyze, buffers, costs off, timing off) " + statement, values
        )
        lines = [line for (line,) in await cursor.fetchall()]
    last = max(n for n, line in enumerate(lines) if line == "Planning:" or "Planning Time" in line)
    top = next(line for line in lines[:last] if line.strip().startswith("Buffers:"))
    return sum(int(count) for count in re.findall(r"(?:hit|read)=(\d+)", top))
