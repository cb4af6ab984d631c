"""What becomes of a message, whatever the partner answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver, answering, hanging
from event_lifecycle.testing.running import Running, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
SettingsWith = Callable[..., Settings]


async def test_a_failure_is_tried_again_with_the_same_id_and_body(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    receiver.answers = [answering(500), answering(429)]
    await running.creates()
    delivery = await running.the_delivery("delivered")
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
    delivery = await running.the_delivery("dead")
    assert (delivery["attempts"], delivery["next_attempt_at"]) == (4, None)
    assert delivery["done_at"] is not None
    assert len(receiver.got) == 4


async def test_the_partner_says_when_to_try_again(running: Running, receiver: Receiver) -> None:
    await running.registers(receiver.url)
    receiver.answers = [answering(503, retry_after="3600")]
    await running.creates()
    delivery = await running.tried(1)
    pause = datetime.fromisoformat(delivery["next_attempt_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < pause <= timedelta(minutes=61)


async def test_a_partner_who_is_gone_is_told_nothing_more(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    receiver.answers = [answering(410)]
    await running.creates()
    await running.the_delivery("dead")
    [(state, reason, version)] = await running.rows(
        "select state, disabled_reason, version from webhook_endpoints where id = %s",
        endpoint["id"],
    )
    assert (state, reason, version) == ("disabled", "gone", 2)
    await running.creates()
    missed, gone = await running.deliveries()
    assert [(one["state"], one["attempts"]) for one in (missed, gone)] == [("dead", 0), ("dead", 1)]
    assert len(receiver.got) == 1


async def test_a_redirect_is_a_failure_and_not_followed(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    receiver.answers = [answering(302, location=f"{receiver.url}/elsewhere")]
    await running.creates()
    delivery = await running.the_delivery("delivered")
    attempts = await running.attempts(delivery["id"])
    assert [attempt["error"] for attempt in attempts] == ["redirect", None]
    assert {got.path for got in receiver.got} == {"/"}


async def test_a_partner_who_never_answers_is_given_up(
    settings_with: SettingsWith, receiver: Receiver
) -> None:
    async with run(settings_with(webhook_timeout=timedelta(milliseconds=150))) as running:
        await running.registers(receiver.url)
        receiver.answers = [hanging]
        await running.creates()
        delivery = await running.the_delivery("delivered")
        first, _ = await running.attempts(delivery["id"])
        assert (first["status"], first["error"]) == (None, "timeout")
        assert 100 <= first["ms"] < 5_000


async def test_nobody_listening_is_a_failure_like_any_other(
    running: Running, receiver: Receiver
) -> None:
    await running.registers("http://127.0.0.1:1/")
    await running.creates()
    delivery = await running.the_delivery("dead")
    attempts = await running.attempts(delivery["id"])
    assert {attempt["error"] for attempt in attempts} == {
        "connection_failed: ConnectionRefusedError"
    }
