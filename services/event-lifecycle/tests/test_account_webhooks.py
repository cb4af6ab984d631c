"""Accounts have endpoints of their own: these hear of the polls that the account owns."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from chassis.access import hash_of
from chassis.testing import TokenIssuer
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS, NOW, Poll, bearer
from event_lifecycle.testing.receiver import Receiver, serve_receiver
from event_lifecycle.testing.running import AS_ADMIN, Running, eventually, run
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEBHOOKS = "/api/v1/webhooks"
ENDPOINTS = f"{WEBHOOKS}/endpoints"
DELIVERIES = f"{WEBHOOKS}/deliveries"
MESSAGES = f"{WEBHOOKS}/messages"
URL = "https://example.com/hooks"
OPERATIONS = ("secret/rotate", "test", "enable", "disable", "recover")
ISSUER = TokenIssuer()
ALICE, BOB = uuid4(), uuid4()


def signed_in(account: UUID) -> dict[str, str]:
    return bearer(ISSUER.token(account))


@pytest.fixture
def signing(running: Running) -> Running:
    running.app.state.access_tokens = ISSUER.access_tokens
    return running


async def registers(
    running: Running, account: UUID, url: str = URL, poll: Poll | None = None
) -> dict[str, Any]:
    body = {"url": url, "poll_id": str(poll.id) if poll else None}
    answer = await running.client.post(ENDPOINTS, json=body, headers=signed_in(account))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def taken_in(running: Running, poll: Poll) -> None:
    answer = await running.client.get(
        EVENTS,
        params={"poll_id": str(poll.id)},
        headers={**AS_ADMIN, "commontime-min-sequence": f"polls={poll.sequence}"},
    )
    assert answer.status_code == 200, answer.text


async def told(running: Running, endpoint: dict[str, Any]) -> list[tuple[str, str]]:
    """The type and the subject of everything this endpoint is told, in order."""
    return await running.rows(
        "select m.type, m.subject from webhook_deliveries d"
        " join webhook_messages m on m.n = d.message and m.created_at = d.created_at"
        " where d.endpoint = %s order by d.id",
        endpoint["id"],
    )


async def listed(running: Running, path: str, account: UUID) -> list[dict[str, Any]]:
    answer = await running.client.get(path, headers=signed_in(account))
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def every_answer(
    running: Running, path: str, delivery: str, message: str, headers: dict[str, str]
) -> list[Response]:
    """Of each route of one endpoint, and of what was sent to it."""
    client, matching = running.client, {**headers, "if-match": "*"}
    answers = [
        await client.get(path, headers=headers),
        await client.get(f"{path}/stats", headers=headers),
        await client.get(delivery, headers=headers),
        await client.get(f"{delivery}/attempts", headers=headers),
        await client.get(message, headers=headers),
        await client.post(f"{delivery}/retry", headers=headers),
        await client.patch(path, json={"description": "Mine"}, headers=matching),
    ]
    for operation in OPERATIONS:
        body = {"since": NOW.isoformat()} if operation == "recover" else None
        answers.append(await client.post(f"{path}/{operation}", json=body, headers=headers))
        if operation == "disable":
            answers.append(await client.post(f"{path}/enable", headers=headers))
    return [*answers, await client.delete(path, headers=matching)]


async def test_an_account_hears_of_the_polls_it_owns_and_of_their_events_only(
    signing: Running, owner: Owner
) -> None:
    endpoint = await registers(signing, ALICE)
    assert (endpoint["scope"], endpoint["account_id"]) == ("account", str(ALICE))
    mine, bobs, nobodys = Poll(owner, account=ALICE), Poll(owner, account=BOB), Poll(owner)
    for poll in (mine, bobs, nobodys):
        poll.finalised()
        await taken_in(signing, poll)
    await signing.creates()
    assert await told(signing, endpoint) == [
        ("poll.opened", str(mine.id)),
        ("poll.finalised", str(mine.id)),
        ("event.created", str(mine.event_id)),
    ]


async def test_who_hands_a_poll_over_hears_of_it_no_more_and_who_gets_it_does_from_then(
    signing: Running, owner: Owner
) -> None:
    alices, bobs = await registers(signing, ALICE), await registers(signing, BOB)
    poll = Poll(owner, account=ALICE)
    await taken_in(signing, poll)
    poll.handed_to(BOB)
    await taken_in(signing, poll)
    poll.closed()
    await taken_in(signing, poll)
    poll.handed_to(None)
    await taken_in(signing, poll)
    poll.finalised()
    await taken_in(signing, poll)
    assert await told(signing, alices) == [("poll.opened", str(poll.id))]
    assert await told(signing, bobs) == [("poll.closed", str(poll.id))]


async def test_nothing_of_an_account_is_there_for_another_account_or_a_link(
    signing: Running, owner: Owner, receiver: Receiver
) -> None:
    endpoint = await registers(signing, ALICE, receiver.url)
    poll = Poll(owner)
    await taken_in(signing, poll)
    path = f"{ENDPOINTS}/{endpoint['id']}"
    test = (await signing.client.post(f"{path}/test", headers=signed_in(ALICE))).json()
    delivery, message = f"{DELIVERIES}/{test['id']}", f"{MESSAGES}/{test['message']}"
    for stranger in (signed_in(BOB), bearer(poll.organiser)):
        answers = await every_answer(signing, path, delivery, message, stranger)
        assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "not_found")}
    for lists in (ENDPOINTS, DELIVERIES, MESSAGES, f"{DELIVERIES}?endpoint={endpoint['id']}"):
        assert await listed(signing, lists, BOB) == []
    answers = await every_answer(signing, path, delivery, message, signed_in(ALICE))
    assert {one.status_code for one in answers} == {200, 202, 204}


async def test_an_account_lists_what_is_its_own_and_the_admin_everything(
    signing: Running, owner: Owner, receiver: Receiver
) -> None:
    mine, bobs = await registers(signing, ALICE, receiver.url), await registers(signing, BOB)
    instances = await signing.registers(URL, "endpoint.test")
    poll = Poll(owner, account=ALICE)
    await taken_in(signing, poll)
    await eventually(lambda: receiver.has(1))
    assert [one["id"] for one in await listed(signing, ENDPOINTS, ALICE)] == [mine["id"]]
    assert [one["subject"] for one in await listed(signing, DELIVERIES, ALICE)] == [str(poll.id)]
    [message] = await listed(signing, MESSAGES, ALICE)
    assert [one["endpoint"] for one in message["deliveries"]] == [mine["id"]]
    everything = (await signing.client.get(ENDPOINTS, headers=AS_ADMIN)).json()["items"]
    assert [one["id"] for one in everything] == [mine["id"], bobs["id"], instances["id"]]
    as_admin = await signing.client.get(f"{ENDPOINTS}/{mine['id']}", headers=AS_ADMIN)
    assert as_admin.status_code == 200


async def test_the_endpoints_of_a_poll_are_its_owners_as_long_as_it_is_theirs(
    signing: Running, owner: Owner
) -> None:
    poll = Poll(owner, account=ALICE)
    endpoint = await registers(signing, ALICE, poll=poll)
    assert (endpoint["scope"], endpoint["poll_id"]) == ("poll", str(poll.id))
    path = f"{ENDPOINTS}/{endpoint['id']}"
    assert [one["id"] for one in await listed(signing, ENDPOINTS, ALICE)] == [endpoint["id"]]
    assert (await signing.client.get(path, headers=signed_in(BOB))).status_code == 404
    poll.handed_to(BOB)
    await taken_in(signing, poll)
    assert (await signing.client.get(path, headers=signed_in(ALICE))).status_code == 404
    assert [one["id"] for one in await listed(signing, ENDPOINTS, BOB)] == [endpoint["id"]]


async def test_an_account_registers_nothing_for_a_poll_that_is_not_its_own(
    signing: Running, owner: Owner
) -> None:
    body = {"url": URL, "poll_id": str(Poll(owner, account=BOB).id)}
    refused = await signing.client.post(ENDPOINTS, json=body, headers=signed_in(ALICE))
    assert refused.status_code == 404


async def test_of_an_account_s_endpoint_that_is_disabled_only_its_others_hear(
    signing: Running, owner: Owner
) -> None:
    disabled, other = await registers(signing, ALICE), await registers(signing, ALICE)
    bobs, instances = await registers(signing, BOB), await signing.registers(URL)
    path = f"{ENDPOINTS}/{disabled['id']}/disable"
    assert (await signing.client.post(path, headers=signed_in(ALICE))).status_code == 200
    assert await told(signing, other) == [("endpoint.disabled", disabled["id"])]
    for endpoint in (disabled, bobs, instances):
        assert await told(signing, endpoint) == []


async def test_of_other_endpoints_that_are_disabled_no_account_hears(
    signing: Running, owner: Owner
) -> None:
    poll = Poll(owner, account=ALICE)
    endpoint = await registers(signing, ALICE)
    disabled = [await registers(signing, ALICE, poll=poll), await signing.registers(URL)]
    before = await told(signing, endpoint)
    for one in disabled:
        path = f"{ENDPOINTS}/{one['id']}/disable"
        assert (await signing.client.post(path, headers=AS_ADMIN)).status_code == 200
    assert await told(signing, endpoint) == before


async def test_an_account_has_twenty_endpoints_and_no_more(signing: Running) -> None:
    for _ in range(20):
        await registers(signing, ALICE)
    full = await signing.client.post(ENDPOINTS, json={"url": URL}, headers=signed_in(ALICE))
    assert (full.status_code, full.json()["code"]) == (409, "too_many_endpoints")
    await registers(signing, BOB)
    await signing.registers(URL)


async def test_the_setting_says_how_many_endpoints_an_account_may_have(
    settings_with: Callable[..., Settings],
) -> None:
    async with run(settings_with(webhook_endpoints_per_account=1)) as running:
        running.app.state.access_tokens = ISSUER.access_tokens
        await registers(running, ALICE)
        full = await running.client.post(ENDPOINTS, json={"url": URL}, headers=signed_in(ALICE))
        assert (full.status_code, full.json()["code"]) == (409, "too_many_endpoints")


async def test_what_an_account_is_told_opens_nothing_and_names_no_account(
    signing: Running, owner: Owner
) -> None:
    async with serve_receiver() as receiver:
        endpoint = await registers(signing, ALICE, receiver.url)
        poll = Poll(owner, account=ALICE)
        poll.finalised()
        await taken_in(signing, poll)
        await eventually(lambda: receiver.has(3))
    assert all(got.verifies(endpoint["secret"]) for got in receiver.got)
    assert {json.loads(got.body)["type"] for got in receiver.got} == {
        "poll.opened",
        "poll.finalised",
        "event.created",
    }
    for got in receiver.got:
        for hidden in (hash_of(poll.organiser), hash_of(poll.answer), str(ALICE)):
            assert hidden.encode() not in got.body
