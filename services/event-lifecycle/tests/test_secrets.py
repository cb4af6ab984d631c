"""Secrets: shown once, kept encrypted, rotated without a message that nobody can verify."""

import base64
import json
import logging
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from event_lifecycle.testing.receiver import Got, Receiver, answering
from event_lifecycle.testing.running import AS_ADMIN, Running, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
ENDPOINTS = "/api/v1/webhooks/endpoints"


async def rotates(running: Running, endpoint: dict[str, Any], **headers: str) -> dict[str, Any]:
    path = f"{ENDPOINTS}/{endpoint['id']}/secret/rotate"
    answer = await running.client.post(path, headers={**AS_ADMIN, **headers})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def next_message(running: Running, receiver: Receiver) -> Got:
    before = len(receiver.got)
    await running.creates()
    await eventually(lambda: receiver.has(before + 1))
    return receiver.got[-1]


def verifies(got: Got, secret: str) -> bool:
    try:
        Webhook(secret).verify(got.body, got.headers)
    except WebhookVerificationError:
        return False
    return True


async def test_for_a_day_after_a_rotation_both_secrets_verify(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    rotated = await rotates(running, endpoint)
    assert rotated["secret"] != endpoint["secret"]
    assert (rotated["version"], rotated["rotating_until"] is None) == (2, False)
    got = await next_message(running, receiver)
    assert verifies(got, endpoint["secret"])
    assert verifies(got, rotated["secret"])

    await running.rows("update webhook_endpoints set previous_secret_until = now()")
    got = await next_message(running, receiver)
    assert not verifies(got, endpoint["secret"])
    assert verifies(got, rotated["secret"])
    shown = await running.client.get(f"{ENDPOINTS}/{endpoint['id']}", headers=AS_ADMIN)
    assert shown.json()["rotating_until"] is None


async def test_the_former_secret_is_good_for_twenty_four_hours(running: Running) -> None:
    endpoint = await running.registers("https://example.com/hooks")
    await rotates(running, endpoint)
    [(hours,)] = await running.rows(
        "select extract(epoch from previous_secret_until - updated_at) / 3600"
        " from webhook_endpoints"
    )
    assert hours == 24


async def test_rotating_twice_stops_the_oldest_secret_at_once(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    second, third = await rotates(running, endpoint), await rotates(running, endpoint)
    got = await next_message(running, receiver)
    secrets = (endpoint["secret"], second["secret"], third["secret"])
    assert [verifies(got, secret) for secret in secrets] == [False, True, True]


async def test_a_repeated_rotation_shows_the_same_secret_and_rotates_once(
    running: Running,
) -> None:
    endpoint = await running.registers("https://example.com/hooks")
    key = {"idempotency-key": "a-key-of-sixteen-characters"}
    first, again = [await rotates(running, endpoint, **key) for _ in range(2)]
    assert first == again
    assert first["version"] == 2


async def test_what_is_sent_again_after_a_rotation_is_signed_anew(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    await next_message(running, receiver)
    delivered = await running.the_delivery("delivered")
    rotated = await rotates(running, endpoint)
    path = f"/api/v1/webhooks/deliveries/{delivered['id']}/retry"
    await running.client.post(path, headers=AS_ADMIN)
    await eventually(lambda: receiver.has(2))
    assert verifies(receiver.got[1], rotated["secret"])


async def test_no_secret_is_shown_again_logged_or_kept_in_clear(
    running: Running,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    key = {**AS_ADMIN, "idempotency-key": "a-key-of-sixteen-characters"}
    created = await running.client.post(ENDPOINTS, json={"url": receiver.url}, headers=key)
    endpoint = created.json()
    rotated = await rotates(running, endpoint, **key)
    receiver.answers = [answering(500)]
    await running.creates()
    delivery = await running.the_delivery("delivered")
    path, log = f"{ENDPOINTS}/{endpoint['id']}", f"/api/v1/webhooks/deliveries/{delivery['id']}"
    answers = [
        await running.client.get(each, headers=AS_ADMIN)
        for each in (ENDPOINTS, path, f"{path}/stats", log, f"{log}/attempts")
    ]
    answers += [
        await running.client.post(f"{path}/{operation}", headers=AS_ADMIN)
        for operation in ("test", "disable", "enable")
    ]
    patched = {**AS_ADMIN, "if-match": "*"}
    answers.append(await running.client.patch(path, json={"rate": 5}, headers=patched))
    shown = [answer.text + json.dumps(dict(answer.headers)) for answer in answers]
    rows = await contents(running)
    logged = capfd.readouterr()
    for secret in (endpoint["secret"], rotated["secret"]):
        bare = secret.removeprefix("whsec_")
        for text in (*shown, *rows, caplog.text, logged.out, logged.err):
            assert bare.rstrip("=") not in text
            assert base64.b64decode(bare).hex() not in text


async def contents(running: Running) -> list[str]:
    """Every row of every table, bytes as hexadecimal and as text."""
    tables = await running.rows(
        "select quote_ident(tablename) from pg_tables where schemaname = 'public'"
    )
    rows: list[str] = []
    for (table,) in tables:
        found = await running.rows(f"select row_to_json(t)::text from {table} t")
        rows += [row for (row,) in found]
    return rows
