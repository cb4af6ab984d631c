"""Whose endpoints are whose: nobody sees, changes or hears of what is not theirs."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from chassis.access import hash_of, mint
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import NOW, Poll, bearer
from event_lifecycle.testing.receiver import Receiver, serve_receiver
from event_lifecycle.testing.running import AS_ADMIN, Running, eventually, run
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")
WEBHOOKS = "/api/v1/webhooks"
ENDPOINTS = f"{WEBHOOKS}/endpoints"
URL = "https://example.com/hooks"
OPERATIONS = ("secret/rotate", "test", "enable", "disable", "recover")


async def registers(running: Running, poll: Poll, url: str = URL, *types: str) -> dict[str, Any]:
    body = {"url": url, "poll_id": str(poll.id), "types": types}
    answer = await running.client.post(ENDPOINTS, json=body, headers=bearer(poll.organiser))
    assert answer.status_code == 201, answer.text
    return answer.json()


def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_an_organiser_has_endpoints_of_a_poll_nobody_here_has_heard_of(
    running: Running, owner: Owner
) -> None:
    poll = Poll(owner)
    created = await registers(running, poll)
    assert (created["scope"], created["poll_id"]) == ("poll", str(poll.id))
    path = f"{ENDPOINTS}/{created['id']}"
    shown = await running.client.get(path, headers=bearer(poll.organiser))
    assert shown.status_code == 200
    listed = await running.client.get(ENDPOINTS, headers=bearer(poll.organiser))
    assert listed.json()["items"] == [shown.json()]


async def test_a_list_can_name_a_poll_nobody_here_has_heard_of(
    running: Running, owner: Owner
) -> None:
    poll = Poll(owner)
    as_organiser = bearer(poll.organiser)
    assert code(await running.client.get(ENDPOINTS, headers=as_organiser))[0] == 401
    named = await running.client.get(
        ENDPOINTS, params={"poll_id": str(poll.id)}, headers=as_organiser
    )
    assert named.json() == {"items": [], "next": None}


async def test_what_is_of_another_poll_or_of_the_instance_is_not_there(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    mine, others = Poll(owner), Poll(owner)
    await registers(running, mine)
    foreign = [
        await registers(running, others, receiver.url),
        await running.registers(receiver.url),
    ]
    as_me = bearer(mine.organiser)
    for endpoint in foreign:
        path = f"{ENDPOINTS}/{endpoint['id']}"
        told = await running.client.post(f"{path}/test", headers=AS_ADMIN)
        delivery = f"{WEBHOOKS}/deliveries/{told.json()['id']}"
        seen = [
            await running.client.get(path, headers=as_me),
            await running.client.get(f"{path}/stats", headers=as_me),
            await running.client.get(delivery, headers=as_me),
            await running.client.get(f"{delivery}/attempts", headers=as_me),
            await running.client.post(f"{delivery}/retry", headers=as_me),
            await running.client.patch(path, json={"url": URL}, headers={**as_me, "if-match": "*"}),
            await running.client.delete(path, headers={**as_me, "if-match": "*"}),
        ]
        for operation in OPERATIONS:
            body = {"since": NOW.isoformat()} if operation == "recover" else None
            path_ = f"{path}/{operation}"
            seen.append(await running.client.post(path_, json=body, headers=as_me))
        assert {code(answer) for answer in seen} == {(404, "not_found")}
        log = await running.client.get(
            f"{WEBHOOKS}/deliveries", params={"endpoint": endpoint["id"]}, headers=as_me
        )
        assert log.json()["items"] == []
    [only] = (await running.client.get(ENDPOINTS, headers=as_me)).json()["items"]
    assert only["poll_id"] == str(mine.id)


async def test_the_admin_sees_and_does_everything(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    one, other = Poll(owner), Poll(owner)
    endpoints = [await registers(running, poll, receiver.url) for poll in (one, other)]
    listed = (await running.client.get(ENDPOINTS, headers=AS_ADMIN)).json()["items"]
    assert [each["id"] for each in listed] == [each["id"] for each in endpoints]
    of_one = await running.client.get(ENDPOINTS, params={"poll_id": str(one.id)}, headers=AS_ADMIN)
    assert [each["id"] for each in of_one.json()["items"]] == [endpoints[0]["id"]]
    path = f"{ENDPOINTS}/{endpoints[1]['id']}"
    assert (await running.client.post(f"{path}/disable", headers=AS_ADMIN)).status_code == 200


@pytest.mark.parametrize("path", ["endpoints", "deliveries", f"endpoints/{UUID(int=1)}"])
async def test_weaker_links_are_told_which_is_needed(
    running: Running, owner: Owner, path: str
) -> None:
    poll = Poll(owner)
    await registers(running, poll)
    await running.rows(
        "insert into edit_links values (%s, %s, %s)", poll.id, poll.participant, hash_of(poll.edit)
    )
    for token in (poll.answer, poll.edit):
        refused = await running.client.get(f"{WEBHOOKS}/{path}", headers=bearer(token))
        assert code(refused) == (403, "forbidden")
        assert refused.json()["needs"] == ["organiser"]
    body = {"url": URL, "poll_id": str(poll.id)}
    refused = await running.client.post(ENDPOINTS, json=body, headers=bearer(poll.answer))
    assert code(refused) == (403, "forbidden")


async def test_an_unknown_token_opens_no_list_and_finds_nothing(
    running: Running, owner: Owner
) -> None:
    poll, stranger = Poll(owner), bearer(mint("organiser"))
    endpoint = await registers(running, poll)
    lists = [f"{ENDPOINTS}", f"{WEBHOOKS}/deliveries"]
    for path in lists:
        refused = await running.client.get(path, headers=stranger)
        assert code(refused) == (401, "unauthenticated")
        assert refused.headers["www-authenticate"] == "Bearer"
    unknown = await running.client.get(f"{ENDPOINTS}/{uuid4()}", headers=stranger)
    hidden = await running.client.get(f"{ENDPOINTS}/{endpoint['id']}", headers=stranger)
    assert code(unknown) == code(hidden) == (404, "not_found")
    for poll_id in (poll.id, uuid4()):
        body = {"url": URL, "poll_id": str(poll_id)}
        refused = await running.client.post(ENDPOINTS, json=body, headers=stranger)
        assert code(refused) == (404, "not_found")


async def test_an_organiser_registers_nothing_for_the_instance_or_another_poll(
    running: Running, owner: Owner
) -> None:
    mine, other = Poll(owner), Poll(owner)
    for_instance = await running.client.post(
        ENDPOINTS, json={"url": URL}, headers=bearer(mine.organiser)
    )
    assert code(for_instance) == (403, "forbidden")
    assert for_instance.json()["needs"] == ["account", "admin"]
    body = {"url": URL, "poll_id": str(other.id)}
    for_other = await running.client.post(ENDPOINTS, json=body, headers=bearer(mine.organiser))
    assert code(for_other) == (404, "not_found")


async def test_a_link_that_was_replaced_opens_nothing_any_more(
    running: Running, owner: Owner
) -> None:
    poll, new = Poll(owner), mint("organiser")
    path = f"{ENDPOINTS}/{(await registers(running, poll))['id']}"
    await running.rows("update known_polls set organiser_hash = %s", hash_of(new))
    replaced = await running.client.get(path, headers=bearer(poll.organiser))
    assert code(replaced) == (404, "not_found")
    assert (await running.client.get(path, headers=bearer(new))).status_code == 200


async def test_an_owner_who_is_away_is_no_reason_to_say_that_a_poll_does_not_exist(
    running: Running, owner: Owner
) -> None:
    poll = Poll(owner)
    owner.status = 503
    body = {"url": URL, "poll_id": str(poll.id)}
    answer = await running.client.post(ENDPOINTS, json=body, headers=bearer(poll.organiser))
    assert code(answer) == (503, "owner_unavailable")


async def test_nobody_hears_of_what_they_may_not_see(running: Running, owner: Owner) -> None:
    one, two = Poll(owner), Poll(owner)
    async with serve_receiver() as of_one, serve_receiver() as of_two, serve_receiver() as of_all:
        await registers(running, one, of_one.url, "event.created", "event.cancelled")
        await registers(running, two, of_two.url, "event.created")
        await running.registers(of_all.url, "event.created")
        direct = await running.creates(title="A surprise")
        for poll in (one, two):
            poll.finalised()
            await running.service.inbox.all_of("polls", str(poll.id))
        await eventually(lambda: of_all.has(3))
        await eventually(lambda: of_one.has(1))
        await eventually(lambda: of_two.has(1))
        everything = {str(one.event_id), str(two.event_id), direct["id"]}
        assert subjects(of_all) == everything
        assert subjects(of_one) == {str(one.event_id)}
        assert subjects(of_two) == {str(two.event_id)}
        log = await running.client.get(f"{WEBHOOKS}/deliveries", headers=bearer(one.organiser))
        assert [each["subject"] for each in log.json()["items"]] == [str(one.event_id)]
        assert "A surprise" not in log.text


async def test_a_poll_and_the_instance_have_so_many_endpoints_and_no_more(
    settings_with: Callable[..., Settings], owner: Owner
) -> None:
    few = settings_with(webhook_endpoints=2, webhook_endpoints_per_poll=1)
    async with run(few) as running:
        one, other = Poll(owner), Poll(owner)
        await registers(running, one)
        await registers(running, other)
        body = {"url": URL, "poll_id": str(one.id)}
        full = await running.client.post(ENDPOINTS, json=body, headers=bearer(one.organiser))
        assert code(full) == (409, "too_many_endpoints")
        for _ in range(2):
            await running.registers(URL)
        full = await running.client.post(ENDPOINTS, json={"url": URL}, headers=AS_ADMIN)
        assert code(full) == (409, "too_many_endpoints")


def subjects(receiver: Receiver) -> set[str]:
    return {json.loads(got.body)["data"]["id"] for got in receiver.got}
