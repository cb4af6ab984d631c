"""What partners get, whatever they answer; the receiver verifies with the published library."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from contracts.lifecycle import Completion, EventDetails, EventScheduled
from event_lifecycle.handlers import stream_of
from event_lifecycle.main import open_database
from event_lifecycle.projections import project_events
from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver, answering, serve_receiver
from event_lifecycle.testing.running import Running, connect, eventually, run
from event_lifecycle.webhooks.announcing import announce
from event_lifecycle.webhooks.deliveries import claim
from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.sender import Message, Sender
from eventstore.store import EventStore

pytestmark = pytest.mark.asyncio(loop_scope="module")
SettingsWith = Callable[..., Settings]
CREATED = "event.created"


async def the_delivery(running: Running, state: str) -> dict[str, Any]:
    """The only delivery, as soon as it is in that state."""

    async def look() -> list[dict[str, Any]]:
        return await running.deliveries(state=state)

    [delivery] = await eventually(look)
    return delivery


async def tried(running: Running, attempts: int) -> dict[str, Any]:
    """The only delivery, as soon as so many attempts are in its log."""

    async def logged() -> bool:
        [delivery] = await running.deliveries()
        return len(await running.attempts(delivery["id"])) >= attempts

    await eventually(logged)
    [delivery] = await running.deliveries()
    return delivery


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
    delivery = await the_delivery(running, "delivered")
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


async def test_a_failure_is_tried_again_with_the_same_id_and_body(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    receiver.answers = [answering(500), answering(429)]
    await running.creates()
    delivery = await the_delivery(running, "delivered")
    assert delivery["attempts"] == 3
    assert len({(got.id, got.body) for got in receiver.got}) == 1
    assert all(got.verifies(endpoint["secret"]) for got in receiver.got)
    attempts = await running.attempts(delivery["id"])
    assert [attempt["error"] for attempt in attempts] == ["status_500", "status_429", None]


async def test_after_the_last_attempt_a_delivery_is_a_visible_dead_letter(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    receiver.answers = [answering(500)] * 10
    await running.creates()
    delivery = await the_delivery(running, "dead")
    assert (delivery["attempts"], delivery["next_attempt_at"]) == (4, None)
    assert delivery["done_at"] is not None
    assert len(receiver.got) == 4


async def test_the_partner_says_when_to_try_again(running: Running, receiver: Receiver) -> None:
    await running.registers(receiver.url)
    receiver.answers = [answering(503, retry_after="3600")]
    await running.creates()
    delivery = await tried(running, 1)
    pause = datetime.fromisoformat(delivery["next_attempt_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < pause <= timedelta(minutes=61)


async def test_a_partner_who_is_gone_is_told_nothing_more(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    receiver.answers = [answering(410)]
    await running.creates()
    await the_delivery(running, "dead")
    [(state, reason, version)] = await running.rows(
        "select state, disabled_reason, version from webhook_endpoints where id = %s",
        endpoint["id"],
    )
    assert (state, reason, version) == ("disabled", "gone", 2)
    await running.creates()
    assert len(await running.deliveries()) == 1
    assert len(receiver.got) == 1


async def test_a_redirect_is_a_failure_and_not_followed(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    receiver.answers = [answering(302, location=f"{receiver.url}/elsewhere")]
    await running.creates()
    delivery = await the_delivery(running, "delivered")
    attempts = await running.attempts(delivery["id"])
    assert [attempt["error"] for attempt in attempts] == ["redirect", None]
    assert {got.path for got in receiver.got} == {"/"}


async def test_a_partner_who_never_answers_is_given_up(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with(webhook_timeout=timedelta(milliseconds=150))) as running:
        await running.registers(receiver.url)
        receiver.answers = [hang]
        await running.creates()
        delivery = await the_delivery(running, "delivered")
        first, _ = await running.attempts(delivery["id"])
        assert (first["status"], first["error"]) == (None, "timeout")
        assert 100 <= first["ms"] < 5_000


async def test_no_more_of_an_answer_is_read_than_is_kept(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    sent: list[int] = []

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while sum(sent) < 200_000_000:
            await response.write(b"\x00x" * 50_000)
            sent.append(100_000)
        return response

    receiver.answers = [endless]
    await running.creates()
    delivery = await the_delivery(running, "delivered")
    [attempt] = await running.attempts(delivery["id"])
    assert attempt["response_excerpt"] == "�x" * 512
    assert sum(sent) < 100_000_000


async def test_nobody_listening_is_a_failure_like_any_other(
    running: Running, receiver: Receiver
) -> None:
    await running.registers("http://127.0.0.1:1/")
    await running.creates()
    delivery = await the_delivery(running, "dead")
    attempts = await running.attempts(delivery["id"])
    assert {attempt["error"] for attempt in attempts} == {
        "connection_failed: ConnectionRefusedError"
    }


async def test_a_partner_who_hangs_delays_no_other(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with serve_receiver() as good, run(settings_with(webhook_in_flight=2)) as running:
        await running.registers(receiver.url)
        await running.registers(good.url)
        receiver.answers = [hang] * 20
        for _ in range(10):
            await running.creates()
        await eventually(lambda: good.has(10), within=5)
        assert len(receiver.got) == 2


async def test_no_endpoint_is_given_more_than_its_share_at_once(
    settings: Settings, receiver: Receiver
) -> None:
    async with run(settings) as running:
        endpoint = UUID((await running.registers(receiver.url))["id"])
    for _ in range(5):
        await append_an_event(settings)

    async with await connect(settings) as connection:

        async def share(sending: dict[UUID, int], limit: int = 9) -> int:
            lease = timedelta(minutes=1)
            claimed = await claim(
                connection, limit=limit, in_flight=2, sending=sending, most=4, lease=lease
            )
            return len(claimed)

        assert await share({endpoint: 2}) == 0
        assert await share({endpoint: 1}) == 1
        assert await share({}, limit=1) == 1
        assert await share({}) == 2


async def test_a_crash_between_sending_and_recording_sends_the_same_message_again(
    settings: Settings, receiver: Receiver
) -> None:
    async with run(settings) as running:
        endpoint = await running.registers(receiver.url)
    await append_an_event(settings)
    seal = Seal(settings.encryption_key.get_secret_value())
    async with (
        await connect(settings) as connection,
        Sender(settings.webhook_targets, lambda: datetime.now(UTC)) as sender,
    ):
        [claimed] = await claim(
            connection, limit=9, in_flight=9, sending={}, most=4, lease=timedelta(seconds=0.3)
        )
        assert claimed.secret_sealed is not None
        secret = seal.open(claimed.secret_sealed, claimed.endpoint)
        await sender.send(Message(claimed.n, claimed.url, claimed.body, secret))
        assert not await claim(
            connection, limit=9, in_flight=9, sending={}, most=4, lease=timedelta()
        )
    async with run(settings) as running:
        delivery = await the_delivery(running, "delivered")
        assert delivery["attempts"] == 2
        first, again = receiver.got
        assert (first.id, first.body) == (again.id, again.body)
        assert again.verifies(endpoint["secret"])


async def test_a_message_that_kills_the_process_each_time_is_a_dead_letter_at_last(
    settings: Settings, receiver: Receiver
) -> None:
    async with run(settings) as running:
        await running.registers(receiver.url)
    await append_an_event(settings)
    async with await connect(settings) as connection:
        for died in range(6):
            claimed = await claim(
                connection, limit=9, in_flight=9, sending={}, most=4, lease=timedelta()
            )
            assert len(claimed) == (1 if died < 4 else 0)
    async with run(settings) as running:
        assert (await the_delivery(running, "dead"))["attempts"] == 4
        assert receiver.got == []


async def test_an_attempt_that_a_stop_interrupts_is_made_again_by_the_next(
    settings: Settings, receiver: Receiver
) -> None:
    receiver.answers = [hang]
    async with run(settings) as running:
        await running.registers(receiver.url)
        await running.creates()
        await eventually(lambda: receiver.has(1))
    async with run(settings) as running:
        delivery = await the_delivery(running, "delivered")
        first, second = await running.attempts(delivery["id"])
        assert (first["error"], second["error"]) == ("interrupted", None)
        assert len({got.id for got in receiver.got}) == 1


async def test_a_lost_database_connection_loses_no_result(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)

    async def cut(_: web.Request) -> web.StreamResponse:
        await running.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'webhooks'"
        )
        return web.Response(status=204)

    receiver.answers = [cut]
    await running.creates()
    delivery = await the_delivery(running, "delivered")
    assert delivery["attempts"] == 1
    assert len(receiver.got) == 1


async def test_no_name_leads_inward_at_the_moment_of_connecting(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with()) as running:
        await running.registers(receiver.url.replace("127.0.0.1", "localhost"))
    async with run(settings_with(webhook_allow_private=False)) as running:
        await running.creates()
        delivery = await tried(running, 1)
        first, *_ = await running.attempts(delivery["id"])
        assert first["error"] == "forbidden_address: the host leads to a loopback address"
        assert receiver.got == []


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
        await the_delivery(running, "delivered")
        assert len(receiver.got) == 1


async def test_creation_waits_for_no_partner(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with(notify_url=receiver.url)) as running:
        receiver.answers = [hang] * 3
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


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def append_an_event(settings: Settings) -> None:
    """As the service does it, in a process that sends nothing."""
    now, event_id = datetime.now(UTC), uuid4()
    details = EventDetails(
        title="Planning",
        starts_at=now + timedelta(days=1),
        timezone="UTC",
        completion=Completion(mode="manual"),
        due_at=None,
    )
    fact = EventScheduled(event_id=event_id, details=details, scheduled_at=now)
    pool = await open_database(settings)
    store = EventStore(pool, source="test", projections=[project_events, announce])
    async with pool, store:
        await store.append(stream_of(event_id), 0, [fact], key=str(event_id))
