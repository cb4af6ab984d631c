"""Endpoints and their log, over HTTP, as the admin sees them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import AS_ADMIN, Running, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
ENDPOINTS = "/api/v1/webhooks/endpoints"
DELIVERIES = "/api/v1/webhooks/deliveries"
URL = "https://example.com/hooks"
KEY = {"idempotency-key": "a-key-of-sixteen-characters"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    return document


async def test_the_secret_is_shown_once_and_kept_encrypted(running: Running) -> None:
    answer = await running.client.post(
        ENDPOINTS, json={"url": URL, "types": ["event.completed"]}, headers=AS_ADMIN
    )
    created = answer.json()
    assert answer.status_code == 201
    secret = created.pop("secret")
    assert secret.startswith("whsec_")
    assert created["types"] == ["event.completed"]

    shown = await running.client.get(answer.headers["location"], headers=AS_ADMIN)
    assert (shown.json(), shown.headers["etag"]) == (created, answer.headers["etag"])
    listed = (await running.client.get(ENDPOINTS, headers=AS_ADMIN)).json()
    assert listed == {"items": [created], "next": None}

    [(row,)] = await running.rows("select row_to_json(e)::text from webhook_endpoints e")
    assert secret.removeprefix("whsec_") not in row


async def test_the_same_registration_twice_makes_one_endpoint(running: Running) -> None:
    first, again = [
        await running.client.post(ENDPOINTS, json={"url": URL}, headers={**AS_ADMIN, **KEY})
        for _ in range(2)
    ]
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    other = {"url": URL + "/other"}
    reused = await running.client.post(ENDPOINTS, json=other, headers={**AS_ADMIN, **KEY})
    problem(reused, 422, "idempotency_key_reused")
    assert await running.rows("select count(*) from webhook_endpoints") == [(1,)]


@pytest.mark.parametrize("path", [ENDPOINTS, DELIVERIES, f"{DELIVERIES}/1/attempts"])
async def test_without_a_credential_there_is_nothing_to_see(running: Running, path: str) -> None:
    problem(await running.client.get(path), 401, "unauthenticated")
    problem(await running.client.post(ENDPOINTS, json={"url": URL}), 401, "unauthenticated")


async def test_an_endpoint_is_deleted_by_who_has_seen_it(running: Running) -> None:
    endpoint = await running.registers(URL)
    path = f"{ENDPOINTS}/{endpoint['id']}"
    problem(await running.client.delete(path, headers=AS_ADMIN), 428, "precondition_required")
    stale = {**AS_ADMIN, "if-match": '"7"'}
    problem(await running.client.delete(path, headers=stale), 412, "precondition_failed")
    known = {**AS_ADMIN, "if-match": '"1"'}
    assert (await running.client.delete(path, headers=known)).status_code == 204
    problem(await running.client.get(path, headers=AS_ADMIN), 404, "not_found")
    problem(await running.client.delete(path, headers=known), 404, "not_found")


async def test_what_does_not_exist_is_not_found(running: Running) -> None:
    nothing = f"{ENDPOINTS}/{UUID(int=1)}"
    problem(await running.client.get(nothing, headers=AS_ADMIN), 404, "not_found")
    attempts = f"{DELIVERIES}/77/attempts"
    problem(await running.client.get(attempts, headers=AS_ADMIN), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"url": "https://169.254.169.254/latest"}, "/url", "forbidden_target"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "/url", "forbidden_target"),
        ({"url": "http://example.com/"}, "/url", "forbidden_target"),
        ({"url": "https://localhost/"}, "/url", "forbidden_target"),
        ({"url": ""}, "/url", "string_too_short"),
        ({"url": URL, "types": ["event.exploded"]}, "/types/0", "literal_error"),
        ({"url": URL, "secret": "mine"}, "/secret", "extra_forbidden"),
    ],
)
async def test_a_bad_endpoint_is_refused_where_it_is_bad(
    settings_with: Callable[..., Settings], body: dict[str, Any], pointer: str, code: str
) -> None:
    strict = settings_with(webhook_allow_http=False, webhook_allow_private=False)
    async with run(strict) as running:
        answer = await running.client.post(ENDPOINTS, json=body, headers=AS_ADMIN)
        errors = problem(answer, 422, "invalid")["errors"]
        assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)]
        assert await running.rows("select * from webhook_endpoints") == []


async def test_a_forbidden_partner_in_the_settings_stops_the_start(
    settings_with: Callable[..., Settings],
) -> None:
    with pytest.raises(ValueError, match="NOTIFY_URL is not acceptable"):
        settings_with(notify_url="https://10.0.0.1/post", webhook_allow_private=False)
