"""How an endpoint has been doing, and what its log shows of what the partner got."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import timedelta

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver, answering
from event_lifecycle.testing.running import AS_ADMIN, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")
WEBHOOKS = "/api/v1/webhooks"


async def test_stats_count_deliveries_by_state_and_attempts_by_outcome(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    path = f"{WEBHOOKS}/endpoints/{endpoint['id']}/stats"
    nothing = (await running.client.get(path, headers=AS_ADMIN)).json()
    assert (nothing["pending"], nothing["last_day"]["success_rate"]) == (0, None)
    receiver.answers = [answering(503)]
    await running.creates()
    await running.the_delivery("delivered")
    stats = (await running.client.get(path, headers=AS_ADMIN)).json()
    assert (stats["pending"], stats["oldest_pending_at"], stats["rate"]) == (0, None, 50)
    for span in (stats["last_hour"], stats["last_day"]):
        assert (span["pending"], span["delivered"], span["dead"]) == (0, 1, 0)
        assert span["attempts"] == {"delivered": 1, "status_503": 1}
        assert span["success_rate"] == 0.5
        assert 0 <= span["latency_ms_p50"] <= span["latency_ms_p95"]


async def test_what_is_older_than_a_span_does_not_count_in_it(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    await running.creates()
    await running.the_delivery("delivered")
    back = timedelta(hours=2)
    for table, column in (("webhook_deliveries", "created_at"), ("webhook_attempts", "at")):
        await running.rows(f"update {table} set {column} = {column} - %s", back)
    path = f"{WEBHOOKS}/endpoints/{endpoint['id']}/stats"
    stats = (await running.client.get(path, headers=AS_ADMIN)).json()
    assert (stats["last_hour"]["delivered"], stats["last_hour"]["attempts"]) == (0, {})
    assert (stats["last_day"]["delivered"], stats["last_day"]["attempts"]) == (1, {"delivered": 1})


async def test_the_log_shows_what_the_partner_got_byte_for_byte(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    event = await running.creates(title="Größe „ß“ 🎉")
    [delivery] = [await running.the_delivery("delivered")]
    [got] = receiver.got
    assert delivery["body"].encode() == got.body
    assert delivery["headers"].items() <= got.headers.items()
    [attempt] = await running.attempts(delivery["id"])
    assert str(attempt["timestamp"]) == got.headers["webhook-timestamp"]
    secret = b64decode(endpoint["secret"].removeprefix("whsec_"))
    signed = f"{got.id}.{attempt['timestamp']}.{delivery['body']}".encode()
    computed = b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{computed}"
    of_event = await running.deliveries(subject=event["id"])
    assert [each["id"] for each in of_event] == [delivery["id"]]
    assert await running.deliveries(subject="another") == []


@pytest.fixture(scope="module")
def shared_settings(shared_settings: Settings) -> Settings:
    return shared_settings.model_copy(update={"event_completion": "manual"})
