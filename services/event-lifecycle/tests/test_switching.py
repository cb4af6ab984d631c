"""Endpoints switched on and off, tested, and sent again what they missed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver, answering, hanging, serve_receiver
from event_lifecycle.testing.running import (
    AS_ADMIN,
    Running,
    eventually,
    run,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
WEBHOOKS = "/api/v1/webhooks"
SettingsWith = Callable[..., Settings]
NOW = datetime.now(UTC)


async def does(running: Running, endpoint: dict[str, Any], operation: str, **body: Any) -> Response:
    path = f"{WEBHOOKS}/endpoints/{endpoint['id']}/{operation}"
    return await running.client.post(path, json=body or None, headers=AS_ADMIN)


async def did(
    running: Running, endpoint: dict[str, Any], operation: str, **body: Any
) -> dict[str, Any]:
    answer = await does(running, endpoint, operation, **body)
    assert answer.is_success, answer.text
    return answer.json()


async def retries(running: Running, delivery: dict[str, Any]) -> Response:
    path = f"{WEBHOOKS}/deliveries/{delivery['id']}/retry"
    return await running.client.post(path, headers=AS_ADMIN)


async def recovers(running: Running, endpoint: dict[str, Any], **body: Any) -> int:
    since = body.pop("since", NOW - timedelta(days=1)).isoformat()
    return (await did(running, endpoint, "recover", since=since, **body))["queued"]


def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_test_message_goes_to_one_endpoint_whatever_its_types(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url, "event.cancelled")
    async with serve_receiver() as other:
        await running.registers(other.url)
        answer = await does(running, endpoint, "test")
        assert answer.status_code == 202
        told = answer.json()
        assert (told["type"], told["endpoint"]) == ("endpoint.test", endpoint["id"])
        await running.the_delivery("delivered")
        [got] = receiver.got
        assert (got.id, got.body.decode()) == (told["message"], told["body"])
        assert got.verifies(endpoint["secret"])
        seen = await running.client.get(answer.headers["location"], headers=AS_ADMIN)
        assert seen.json()["state"] == "delivered"
        assert other.got == []


async def test_a_disabled_endpoint_gets_nothing_and_its_log_shows_what_it_missed(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    disabled = await did(running, endpoint, "disable")
    assert (disabled["state"], disabled["disabled_reason"]) == ("disabled", "by_hand")
    assert await did(running, endpoint, "disable") == disabled
    await running.creates()
    missed = await running.the_delivery("dead")
    assert (missed["error"], missed["attempts"]) == ("endpoint_disabled", 0)
    assert missed["next_attempt_at"] is None
    for refused in (
        await does(running, endpoint, "test"),
        await does(running, endpoint, "recover", since=NOW.isoformat()),
        await retries(running, missed),
    ):
        assert code(refused) == (409, "endpoint_disabled")
    assert receiver.got == []


async def test_disabling_buries_what_waits_and_tells_the_owners_other_endpoints(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    patient = settings_with(webhook_retry_schedule=(timedelta(hours=1),))
    async with run(patient) as running, serve_receiver() as other:
        receiver.answers = [answering(500)]
        endpoint = await running.registers(receiver.url)
        await running.registers(other.url, "endpoint.disabled")
        await running.creates()
        await eventually(lambda: receiver.has(1))
        await eventually(lambda: _failed(running))
        await did(running, endpoint, "disable")
        [buried] = await running.deliveries(endpoint=endpoint["id"])
        assert (buried["state"], buried["error"]) == ("dead", "endpoint_disabled")
        await eventually(lambda: other.has(1))
        assert endpoint["id"] in other.got[0].body.decode()


async def _failed(running: Running) -> bool:
    [(failed,)] = await running.rows(
        "select count(*) from webhook_deliveries where error = 'status_500'"
    )
    return failed == 1


async def test_enabling_forgets_former_failures_and_is_done_again_without_harm(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    await did(running, endpoint, "disable")
    await running.rows(
        "update webhook_endpoints set failing_since = now(), breaker_opened = 3,"
        " breaker_until = now() + interval '1 hour'"
    )
    enabled = await did(running, endpoint, "enable")
    assert (enabled["state"], enabled["disabled_reason"]) == ("enabled", None)
    assert (enabled["breaker"], enabled["failing_since"]) == ("closed", None)
    assert enabled["version"] == 3
    assert await did(running, endpoint, "enable") == enabled
    await running.creates()
    await running.the_delivery("delivered")


async def test_what_was_missed_is_recovered_under_the_same_ids(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    await did(running, endpoint, "disable")
    for _ in range(3):
        await running.creates()
    missed = {delivery["message"] for delivery in await running.deliveries(state="dead")}
    await did(running, endpoint, "enable")
    assert await recovers(running, endpoint) == 3
    await eventually(lambda: receiver.has(3))
    assert {got.id for got in receiver.got} == missed
    assert await recovers(running, endpoint) == 0


async def test_what_arrived_is_sent_again_only_where_all_is_asked_for(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    await running.creates()
    delivered = await running.the_delivery("delivered")
    assert await recovers(running, endpoint) == 0
    assert await recovers(running, endpoint, deliveries="all") == 1
    await eventually(lambda: receiver.has(2))
    first, again = receiver.got
    assert (first.id, first.body) == (again.id, again.body)
    await running.tried(2)
    numbers = [attempt["n"] for attempt in await running.attempts(delivered["id"])]
    assert numbers == [1, 2]


async def test_recovery_keeps_to_its_span_and_to_its_endpoint(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with()) as running:
        endpoint = await running.registers(receiver.url, "event.created")
        other = await running.registers(receiver.url, "event.created")
        for one in (endpoint, other):
            await did(running, one, "disable")
        await running.creates()
        created = datetime.fromisoformat((await running.deliveries())[0]["created_at"])
        await did(running, endpoint, "enable")
        before, after = created - timedelta(seconds=1), created + timedelta(seconds=1)
        until = {"until": before.isoformat()}
        assert await recovers(running, endpoint, **until) == 0
        assert await recovers(running, endpoint, since=before, until=after.isoformat()) == 1
        [still] = await running.deliveries(endpoint=other["id"])
        assert still["state"] == "dead"


@pytest.mark.parametrize(
    ("since", "until", "pointer"),
    [
        (timedelta(days=-30, seconds=-1), timedelta(), "/since"),
        (timedelta(), timedelta(), "/until"),
        (timedelta(days=1), None, "/since"),
    ],
)
async def test_a_span_is_not_empty_and_of_thirty_days_at_most(
    running: Running, since: timedelta, until: timedelta | None, pointer: str
) -> None:
    endpoint = await running.registers("https://example.com/hooks")
    body = {"since": (NOW + since).isoformat()}
    if until is not None:
        body["until"] = (NOW + until).isoformat()
    refused = await does(running, endpoint, "recover", **body)
    assert code(refused) == (422, "invalid")
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


async def test_a_span_of_thirty_days_is_recovered(running: Running) -> None:
    endpoint = await running.registers("https://example.com/hooks")
    since = NOW - timedelta(days=30)
    assert await recovers(running, endpoint, since=since, until=NOW.isoformat()) == 0


async def test_a_dead_letter_that_is_sent_again_has_all_its_attempts_anew(
    running: Running, receiver: Receiver
) -> None:
    receiver.answers = [answering(500)] * 6
    await running.registers(receiver.url)
    await running.creates()
    dead = await running.the_delivery("dead")
    assert (dead["attempts"], dead["error"]) == (4, "status_500")
    again = await retries(running, dead)
    assert again.status_code == 202
    assert (again.json()["state"], again.json()["attempts"]) == ("pending", 4)
    arrived = await running.the_delivery("delivered")
    assert (arrived["attempts"], arrived["error"]) == (7, None)
    attempts = await running.attempts(dead["id"])
    assert [attempt["n"] for attempt in attempts] == list(range(1, 8))
    assert len({got.id for got in receiver.got}) == 1


async def test_a_delivery_that_waits_is_sent_at_once(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    patient = settings_with(webhook_retry_schedule=(timedelta(hours=1),))
    async with run(patient) as running:
        receiver.answers = [answering(500)]
        await running.registers(receiver.url)
        await running.creates()
        waiting = await running.tried(1)
        assert (await retries(running, waiting)).status_code == 202
        assert (await running.the_delivery("delivered"))["attempts"] == 2


async def test_a_delivery_that_is_under_way_is_not_sent_a_second_time_beside_it(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with()) as running:
        receiver.answers = [hanging]
        await running.registers(receiver.url)
        await running.creates()
        await eventually(lambda: receiver.has(1))
        [under_way] = await running.deliveries()
        before = under_way["next_attempt_at"]
        assert (await retries(running, under_way)).json()["next_attempt_at"] == before
