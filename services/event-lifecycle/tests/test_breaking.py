"""Endpoints that fail are left alone, without losing anything, and tried again one at a time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from event_lifecycle.testing.dispatching import Desk
from event_lifecycle.testing.receiver import Receiver, answering, hanging, serve_receiver
from event_lifecycle.testing.running import eventually
from event_lifecycle.webhooks.breaker import Tolerance

pytestmark = pytest.mark.asyncio(loop_scope="module")
MINUTE = timedelta(minutes=1)
FAILS = answering(500)


async def test_while_a_breaker_is_open_deliveries_wait_and_use_up_no_attempt(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [FAILS] * 100
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, *["one"] * 30)
    async with desk.dispatcher(schedule=[MINUTE], tolerance=Tolerance(first=MINUTE)):
        await eventually(lambda: opened(desk, endpoint))
        tried = len(receiver.got)
        await asyncio.sleep(0.1)
        assert len(receiver.got) == tried
        assert 10 <= tried <= 20
        states = await desk.states(endpoint)
        assert states.count(("pending", 0)) == 30 - tried
        assert states.count(("pending", 1)) == tried


async def opened(desk: Desk, endpoint: object) -> bool:
    [(since,)] = await desk.rows(
        "select breaker_until > now() from webhook_endpoints where id = %s", endpoint
    )
    return bool(since)


async def test_other_endpoints_go_on_meanwhile(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [FAILS] * 100
    failing = await desk.endpoint(receiver.url)
    await desk.tells(failing, *["one"] * 300)
    async with serve_receiver() as other, desk.dispatcher(schedule=[MINUTE]):
        await eventually(lambda: opened(desk, failing))
        good = await desk.endpoint(other.url)
        await desk.tells(good, *["one"] * 30)
        await eventually(lambda: desk.all_are(good, "delivered"))


async def test_one_probe_that_succeeds_closes_it_for_all(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [FAILS] * 10
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, *["one"] * 10)
    async with desk.dispatcher():
        await eventually(lambda: opened(desk, endpoint))
        await desk.tells(endpoint, *["one"] * 10)
        assert len(receiver.got) == 10
        await eventually(lambda: desk.all_are(endpoint, "delivered"))
        assert await desk.column(endpoint, "breaker_until") is None
        assert await desk.column(endpoint, "breaker_opened") == 0


async def test_a_probe_that_fails_opens_it_for_twice_as_long(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [FAILS] * 12
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, *["one"] * 10)

    async def open_again() -> bool:
        return await desk.column(endpoint, "breaker_opened") == 2

    async with desk.dispatcher():
        await eventually(open_again)
        left = await desk.column(endpoint, "breaker_until") - datetime.now(UTC)
        assert len(receiver.got) == 11
        assert timedelta(milliseconds=400) < left <= timedelta(milliseconds=600)


async def test_of_several_processes_one_has_the_probe(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [hanging] * 10
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, *["one"] * 10)
    past = datetime.now(UTC) - MINUTE
    await desk.change(endpoint, breaker_until=past, breaker_opened=1)
    one, two, three = (desk.dispatcher(timeout_s=0.5) for _ in range(3))
    async with one, two, three:
        await eventually(lambda: receiver.has(1))
        await asyncio.sleep(0.1)
        assert len(receiver.got) == 1


async def test_five_timeouts_in_a_row_open_it(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [hanging] * 20
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, *["one"] * 20)
    async with desk.dispatcher(
        schedule=[MINUTE], in_flight=5, timeout_s=0.1, tolerance=Tolerance(first=MINUTE)
    ):
        await eventually(lambda: opened(desk, endpoint))
        assert 5 <= len(receiver.got) < 10


async def test_a_partner_who_asks_for_a_pause_is_sent_nothing_more_meanwhile(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [answering(429, retry_after="1")]
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, "one")
    async with desk.dispatcher():
        await eventually(lambda: opened(desk, endpoint))
        asked = datetime.now(UTC)
        await desk.tells(endpoint, "two", "three")
        await eventually(lambda: desk.all_are(endpoint, "delivered"))
        assert datetime.now(UTC) - asked > timedelta(seconds=0.8)
        assert await desk.states(endpoint) == [("delivered", 2)] + [("delivered", 1)] * 2
        assert await desk.column(endpoint, "breaker_opened") == 0


async def test_failing_begins_with_the_first_failure_and_ends_with_a_success(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [FAILS] * 2
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, "one")
    began = datetime.now(UTC)

    async def failed_twice() -> bool:
        return len(await desk.rows("select 1 from webhook_attempts")) >= 2

    await desk.rows("delete from webhook_attempts")
    async with desk.dispatcher(schedule=[timedelta(milliseconds=50), MINUTE]):
        await eventually(failed_twice)
        since = await desk.column(endpoint, "failing_since")
        [(first,)] = await desk.rows("select min(at) from webhook_attempts")
        assert since == first >= began
        await desk.tells(endpoint, "two")
        await eventually(lambda: receiver.has(3))
    assert await desk.column(endpoint, "failing_since") is None


async def test_who_fails_for_five_days_is_disabled_and_the_owners_others_are_told(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answers = [FAILS] * 9
    endpoint = await desk.endpoint(receiver.url)
    other = await desk.endpoint(receiver.url, types=[])
    await desk.tells(endpoint, "one", "two")
    days = datetime.now(UTC) - timedelta(days=5, seconds=1)
    await desk.change(endpoint, failing_since=days)
    async with desk.dispatcher(schedule=[MINUTE]):
        await eventually(lambda: desk.all_are(endpoint, "dead"))
    assert await desk.column(endpoint, "state") == "disabled"
    assert await desk.column(endpoint, "disabled_reason") == "failing"
    errors = await desk.rows("select error from webhook_deliveries where endpoint = %s", endpoint)
    assert ("endpoint_disabled",) in errors
    told = await desk.rows(
        "select m.type, m.subject from webhook_deliveries d"
        " join webhook_messages m on m.n = d.message where d.endpoint = %s",
        other,
    )
    assert told == [("endpoint.disabled", str(endpoint))]


async def test_who_failed_for_less_than_that_is_not(desk: Desk, receiver: Receiver) -> None:
    receiver.answers = [FAILS] * 9
    endpoint = await desk.endpoint(receiver.url)
    await desk.tells(endpoint, "one")
    days = datetime.now(UTC) - timedelta(days=4, hours=23)
    await desk.change(endpoint, failing_since=days)
    async with desk.dispatcher():
        await eventually(lambda: desk.all_are(endpoint, "dead"))
    assert await desk.column(endpoint, "state") == "enabled"
