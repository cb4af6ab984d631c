"""Whatever is asked of webhooks with an Idempotency-Key is done once and answered the same."""

import asyncio
from typing import Any

import pytest
from httpx import Response

from event_lifecycle.testing.polls import NOW
from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import AS_ADMIN, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")
WEBHOOKS = "/api/v1/webhooks"
ENDPOINTS = f"{WEBHOOKS}/endpoints"
URL = "https://example.com/hooks"
KEY = {**AS_ADMIN, "idempotency-key": "a-key-of-sixteen-characters"}
OPERATIONS = ("secret/rotate", "test", "enable", "disable", "recover", "retry")
SINCE = {"since": NOW.isoformat()}


async def path_of(running: Running, operation: str, url: str) -> str:
    endpoint = await running.registers(url)
    path = f"{ENDPOINTS}/{endpoint['id']}"
    if operation != "retry":
        return f"{path}/{operation}"
    told = await running.client.post(f"{path}/test", headers=AS_ADMIN)
    return f"{WEBHOOKS}/deliveries/{told.json()['id']}/retry"


def body_of(operation: str) -> dict[str, Any] | None:
    return SINCE if operation == "recover" else None


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_the_same_key_gets_the_same_answer(
    running: Running, receiver: Receiver, operation: str
) -> None:
    path, body = await path_of(running, operation, receiver.url), body_of(operation)
    first, again = [await running.client.post(path, json=body, headers=KEY) for _ in range(2)]
    assert first.is_success, first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    for name in ("etag", "location"):
        assert again.headers.get(name) == first.headers.get(name)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_the_same_key_with_something_else_is_refused(
    running: Running, receiver: Receiver, operation: str
) -> None:
    path, body = await path_of(running, operation, receiver.url), body_of(operation)
    await running.client.post(path, json=body, headers=KEY)
    other = await running.client.post(f"{path}?other=true", json=body, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_test_message_asked_for_twice_is_sent_once(
    running: Running, receiver: Receiver
) -> None:
    path = await path_of(running, "test", receiver.url)
    for _ in range(2):
        await running.client.post(path, headers=KEY)
    assert len(await running.deliveries(type="endpoint.test")) == 1


async def test_many_at_once_with_one_key_make_one_endpoint(running: Running) -> None:
    async def registers() -> Response:
        return await running.client.post(ENDPOINTS, json={"url": URL}, headers=KEY)

    answers = await asyncio.gather(*(registers() for _ in range(8)))
    codes = {answer.status_code for answer in answers}
    assert codes <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await running.rows("select count(*) from webhook_endpoints") == [(1,)]


async def test_a_refused_request_may_be_sent_again_when_it_can_be_done(
    running: Running, receiver: Receiver
) -> None:
    path = await path_of(running, "test", receiver.url)
    endpoint = path.removesuffix("/test")
    await running.client.post(f"{endpoint}/disable", headers=AS_ADMIN)
    assert (await running.client.post(path, headers=KEY)).status_code == 409
    await running.client.post(f"{endpoint}/enable", headers=AS_ADMIN)
    assert (await running.client.post(path, headers=KEY)).status_code == 202


async def test_answers_about_a_deleted_endpoint_are_forgotten(running: Running) -> None:
    created = await running.client.post(ENDPOINTS, json={"url": URL}, headers=KEY)
    path = created.headers["location"]
    await running.client.post(f"{path}/secret/rotate", headers=KEY)
    assert await running.rows("select count(*) from idempotency") == [(2,)]
    await running.client.delete(path, headers={**AS_ADMIN, "if-match": "*"})
    assert await running.rows("select count(*) from idempotency") == [(0,)]
