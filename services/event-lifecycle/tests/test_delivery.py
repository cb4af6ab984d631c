"""What partners are told; they verify it with the published library."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver, hanging
from event_lifecycle.testing.running import Running, eventually, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
SettingsWith = Callable[..., Settings]
CREATED = "event.created"


async def test_everything_that_happens_to_an_event_is_told_and_signed(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(f"{receiver.url}/hooks")
    event = await running.creates(completion={"mode": "manual"})
    path, always = f"/api/v1/events/{event['id']}", {"if-match": "*"}
    await running.client.patch(path, json={"title": "Größe"}, headers=always)
    end = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await running.client.patch(path, json={"ends_at": end}, headers=always)
    await running.client.post(f"{path}/complete")
    other = await running.creates()
    await running.client.post(f"/api/v1/events/{other['id']}/cancel")

    await eventually(lambda: receiver.has(6))
    assert all(got.verifies(endpoint["secret"]) for got in receiver.got)
    assert len({got.id for got in receiver.got}) == 6
    told = sorted((json.loads(got.body) for got in receiver.got), key=lambda b: b["timestamp"])
    assert [body["type"] for body in told] == [
        "event.created",
        "event.updated",
        "event.rescheduled",
        "event.completed",
        "event.created",
        "event.cancelled",
    ]
    assert [body["sequence"] for body in told] == [1, 2, 3, 4, 1, 2]
    assert [body["data"]["title"] for body in told[:2]] == ["Planning", "Größe"]
    done = told[3]["data"]
    assert (done["id"], done["status"], done["version"]) == (event["id"], "completed", 4)
    assert done["completed_by"] == "person"
    shown = (await running.client.get(path)).json()
    assert {name: shown[name] for name in done} == done


async def test_the_log_shows_what_the_partner_got_byte_for_byte(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url, CREATED)
    await running.creates(title="Größe 🎉")
    delivery = await running.the_delivery("delivered")
    [got] = receiver.got
    assert delivery["body"].encode() == got.body
    assert delivery["message"] == got.id
    assert got.headers["content-type"] == "application/json"
    [attempt] = await running.attempts(delivery["id"])
    assert (attempt["n"], attempt["status"], attempt["error"]) == (1, 204, None)


async def test_a_completion_by_the_timer_is_told_too(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    soon = settings_with(event_completion_delay=timedelta(milliseconds=50))
    async with run(soon) as running:
        endpoint = await running.registers(receiver.url, "event.completed")
        event = await running.creates()
        await eventually(lambda: receiver.has(1))
        [got] = receiver.got
        assert got.verifies(endpoint["secret"])
        body = json.loads(got.body)
        assert (body["type"], body["sequence"]) == ("event.completed", 2)
        shown = await running.sees(event["id"])
        assert body["timestamp"] == shown["completed_at"]
        assert {name: shown[name] for name in body["data"]} == body["data"]


async def test_an_endpoint_hears_of_its_types_only(running: Running, receiver: Receiver) -> None:
    await running.registers(f"{receiver.url}/all")
    await running.registers(f"{receiver.url}/cancelled", "event.cancelled")
    event = await running.creates()
    await running.client.post(f"/api/v1/events/{event['id']}/cancel")
    await eventually(lambda: receiver.has(3))
    paths = [got.path for got in receiver.got]
    assert (paths.count("/all"), paths.count("/cancelled")) == (2, 1)


async def test_the_partner_of_the_settings_gets_title_and_date_of_created_events(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with(notify_url=f"{receiver.url}/post")) as running:
        event = await running.creates(
            title='Größe "XL"', starts_at="2199-07-01T09:00:00+02:00", ends_at=None
        )
        await running.client.post(f"/api/v1/events/{event['id']}/complete")
        await eventually(lambda: receiver.has(1))
        [got] = receiver.got
        assert got.body == '{"title":"Größe \\"XL\\"","date":"2199-07-01T07:00:00Z"}'.encode()
        assert (got.path, got.headers["content-type"]) == ("/post", "application/json")
        assert "webhook-signature" not in got.headers
        await running.the_delivery("delivered")
        assert len(receiver.got) == 1


async def test_creation_waits_for_no_partner(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with(notify_url=receiver.url)) as running:
        receiver.answers = [hanging] * 3
        for _ in range(3):
            async with asyncio.timeout(2):
                await running.creates()


async def test_the_partner_of_the_settings_comes_and_goes_with_the_setting(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    endpoints = "select kind, url, version from webhook_endpoints"
    for url, version in ((f"{receiver.url}/a", 1), (f"{receiver.url}/b", 2)):
        async with run(settings_with(notify_url=url)) as running:
            assert await running.rows(endpoints) == [("integration", url, version)]
    async with run(settings_with(notify_url=f"{receiver.url}/b")) as running:
        assert await running.rows(endpoints) == [("integration", f"{receiver.url}/b", 2)]
    async with run(settings_with()) as running:
        assert await running.rows(endpoints) == []
