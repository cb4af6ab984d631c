"""Endpoints and their log, over HTTP, as the admin sees them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver
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


async def test_an_endpoint_is_changed_by_who_has_seen_it(running: Running) -> None:
    endpoint = await running.registers(URL, "event.created")
    path = f"{ENDPOINTS}/{endpoint['id']}"
    patch = {
        "url": URL + "/other",
        "description": "Door display",
        "types": ["poll.closed", "poll.closed"],
        "ordering": "per_event",
        "rate": 7,
    }
    unseen = await running.client.patch(path, json=patch, headers=AS_ADMIN)
    problem(unseen, 428, "precondition_required")
    stale = {**AS_ADMIN, "if-match": '"7"'}
    problem(await running.client.patch(path, json=patch, headers=stale), 412, "precondition_failed")

    seen = await running.client.get(path, headers=AS_ADMIN)
    known = {**AS_ADMIN, "if-match": seen.headers["etag"]}
    changed = await running.client.patch(path, json=patch, headers=known)
    assert changed.status_code == 200, changed.text
    document = changed.json()
    assert document == {
        **seen.json(),
        **patch,
        "types": ["poll.closed"],
        "version": 2,
        "updated_at": document["updated_at"],
    }
    now_ = await running.client.get(path, headers=AS_ADMIN)
    assert (now_.json(), now_.headers["etag"]) == (document, changed.headers["etag"])
    problem(await running.client.patch(path, json=patch, headers=known), 412, "precondition_failed")


async def test_what_a_patch_leaves_out_stays_and_null_removes(running: Running) -> None:
    endpoint = await running.registers(URL)
    path, any_ = f"{ENDPOINTS}/{endpoint['id']}", {**AS_ADMIN, "if-match": "*"}
    given = {"description": "Door display", "rate": 7}
    await running.client.patch(path, json=given, headers=any_)
    less = (await running.client.patch(path, json={"rate": None}, headers=any_)).json()
    assert (less["description"], less["rate"], less["version"]) == ("Door display", None, 3)
    same = (await running.client.patch(path, json={"rate": None}, headers=any_)).json()
    assert same == less
    for name in ("url", "types", "ordering"):
        refused = await running.client.patch(path, json={name: None}, headers=any_)
        assert problem(refused, 422, "invalid")["errors"][0]["pointer"] == f"/{name}"


async def test_another_url_begins_with_a_clean_record(running: Running) -> None:
    endpoint = await running.registers(URL)
    path, any_ = f"{ENDPOINTS}/{endpoint['id']}", {**AS_ADMIN, "if-match": "*"}
    await running.rows(
        "update webhook_endpoints set failing_since = now(), breaker_opened = 2,"
        " breaker_until = now() + interval '1 hour'"
    )
    patch = {"description": "still failing"}
    failing = (await running.client.patch(path, json=patch, headers=any_)).json()
    assert (failing["breaker"], failing["failing_since"] is None) == ("open", False)
    clean = await running.client.patch(path, json={"url": URL + "/new"}, headers=any_)
    assert (clean.json()["breaker"], clean.json()["failing_since"]) == ("closed", None)


async def test_who_has_seen_an_endpoint_is_told_when_it_begins_to_fail(running: Running) -> None:
    endpoint = await running.registers(URL)
    path = f"{ENDPOINTS}/{endpoint['id']}"
    tag = (await running.client.get(path, headers=AS_ADMIN)).headers["etag"]
    seen = {**AS_ADMIN, "if-none-match": tag}
    assert (await running.client.get(path, headers=seen)).status_code == 304
    await running.rows("update webhook_endpoints set breaker_until = now() + interval '1 hour'")
    failing = await running.client.get(path, headers=seen)
    assert (failing.status_code, failing.json()["breaker"]) == (200, "open")
    known = {**AS_ADMIN, "if-match": tag}
    patched = await running.client.patch(path, json={"rate": 1}, headers=known)
    assert patched.status_code == 200
    await running.rows("update webhook_endpoints set breaker_until = now() - interval '1 hour'")
    assert (await running.client.get(path, headers=seen)).json()["breaker"] == "half_open"


async def test_what_does_not_exist_is_not_found(running: Running) -> None:
    nothing = f"{ENDPOINTS}/{UUID(int=1)}"
    problem(await running.client.get(nothing, headers=AS_ADMIN), 404, "not_found")
    patch = {**AS_ADMIN, "if-match": "*"}
    problem(await running.client.patch(nothing, json={}, headers=patch), 404, "not_found")
    for operation in ("secret/rotate", "test", "enable", "disable"):
        path = f"{nothing}/{operation}"
        problem(await running.client.post(path, headers=AS_ADMIN), 404, "not_found")
    problem(await running.client.get(f"{nothing}/stats", headers=AS_ADMIN), 404, "not_found")
    for delivery in (77, 0, 2**63, "none"):
        for path in (f"{DELIVERIES}/{delivery}", f"{DELIVERIES}/{delivery}/attempts"):
            problem(await running.client.get(path, headers=AS_ADMIN), 404, "not_found")
        retry = await running.client.post(f"{DELIVERIES}/{delivery}/retry", headers=AS_ADMIN)
        problem(retry, 404, "not_found")


async def test_the_partner_of_the_settings_is_changed_there(
    settings_with: Callable[..., Settings], receiver: Receiver
) -> None:
    async with run(settings_with(notify_url=receiver.url)) as running:
        [partner] = (await running.client.get(ENDPOINTS, headers=AS_ADMIN)).json()["items"]
        path, any_ = f"{ENDPOINTS}/{partner['id']}", {**AS_ADMIN, "if-match": "*"}
        for refused in (
            await running.client.patch(path, json={"rate": 1}, headers=any_),
            await running.client.delete(path, headers=any_),
            await running.client.post(f"{path}/secret/rotate", headers=AS_ADMIN),
        ):
            problem(refused, 409, "endpoint_of_settings")
        for operation in ("disable", "enable", "test"):
            answer = await running.client.post(f"{path}/{operation}", headers=AS_ADMIN)
            assert answer.is_success, answer.text
        await running.the_delivery("delivered")


async def test_a_forbidden_partner_in_the_settings_stops_the_start(
    settings_with: Callable[..., Settings],
) -> None:
    with pytest.raises(ValueError, match="NOTIFY_URL is not acceptable"):
        settings_with(notify_url="https://10.0.0.1/post", webhook_allow_private=False)
