"""What was told, byte for byte and to whom, and the catalogue of what can be."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from jsonschema import Draft202012Validator

from contracts.schemas import current
from contracts.webhooks import MESSAGES
from event_lifecycle.testing.polls import EVENTS, START, Poll, bearer
from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import AS_ADMIN, Running, eventually
from event_lifecycle.webhooks.announcing import tell_disabled, tell_test
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOG = "/api/v1/webhooks/messages"


async def messages(
    running: Running, headers: dict[str, str] | None = None, **filters: Any
) -> list[dict[str, Any]]:
    answer = await running.client.get(LOG, params=filters, headers=headers or AS_ADMIN)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def none_waits(running: Running) -> bool:
    return not await running.deliveries(state="pending")


async def asks_for_a_test(running: Running, endpoint_id: str) -> int:
    async with running.service.pool.connection() as connection:
        return await tell_test(connection, UUID(endpoint_id))


async def of_poll(running: Running, poll: Poll, url: str = "http://127.0.0.1:9/hook") -> str:
    """An endpoint of the poll's, disabled."""
    endpoint_id = str(uuid4())
    await running.rows(
        "insert into webhook_endpoints (id, kind, url, types, state, scope, poll_id)"
        " values (%s, 'webhook', %s, '{}', 'disabled', 'poll', %s)",
        endpoint_id,
        url,
        poll.id,
    )
    return endpoint_id


async def taken_in(running: Running, poll: Poll) -> None:
    least = {"commontime-min-sequence": f"polls={poll.sequence}"}
    await running.client.get(
        EVENTS, params={"poll_id": str(poll.id)}, headers={**bearer(poll.organiser), **least}
    )


async def test_the_log_of_messages_shows_what_was_sent_byte_for_byte_and_to_whom(
    running: Running, receiver: Receiver
) -> None:
    two = [await running.registers(f"{receiver.url}/{n}", "event.created") for n in "ab"]
    await running.registers(receiver.url, "event.cancelled")
    event = await running.creates(title="Größe 🎉")
    await eventually(lambda: receiver.has(2))
    [message] = await messages(running)
    assert {got.body for got in receiver.got} == {message["body"].encode()}
    assert {got.id for got in receiver.got} == {message["id"]}
    assert (message["type"], message["subject"]) == ("event.created", event["id"])
    assert sorted(one["endpoint"] for one in message["deliveries"]) == sorted(
        one["id"] for one in two
    )
    for shown in (message["id"], message["id"].removeprefix("msg_")):
        answer = await running.client.get(f"{LOG}/{shown}", headers=AS_ADMIN)
        assert (answer.status_code, answer.json()["body"]) == (200, message["body"])


async def test_messages_are_paged_newest_first_and_filtered(
    running: Running, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    events = [await running.creates() for _ in range(3)]
    await running.client.post(f"{EVENTS}/{events[0]['id']}/cancel")
    await eventually(lambda: none_waits(running))
    newest = await messages(running)
    assert [one["subject"] for one in newest] == [events[n]["id"] for n in (0, 2, 1, 0)]

    page = (await running.client.get(LOG, params={"limit": 3}, headers=AS_ADMIN)).json()
    rest = await messages(running, limit=3, after=page["next"])
    assert [one["id"] for one in page["items"] + rest] == [one["id"] for one in newest]

    [cancelled] = await messages(running, type="event.cancelled")
    assert cancelled == newest[0]
    of_one = await messages(running, subject=events[0]["id"])
    assert of_one == [newest[0], newest[3]]
    assert await messages(running, since=newest[1]["created_at"]) == newest[:2]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert await messages(running, since=later) == []


async def test_an_organiser_sees_what_endpoints_of_their_poll_were_told_and_no_others(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    poll, other = Poll(owner), Poll(owner)
    await running.registers(receiver.url)
    mine = await of_poll(running, poll)
    await of_poll(running, other)
    for one in (poll, other):
        await taken_in(running, one)
    await running.creates()
    assert len(await messages(running)) == 3
    [seen] = await messages(running, bearer(poll.organiser))
    assert (seen["type"], seen["subject"]) == ("poll.opened", str(poll.id))
    assert [one["endpoint"] for one in seen["deliveries"]] == [mine]
    hidden = [one["id"] for one in await messages(running) if one["id"] != seen["id"]]
    for message_id, status in [(seen["id"], 200), *((one, 404) for one in hidden)]:
        answer = await running.client.get(f"{LOG}/{message_id}", headers=bearer(poll.organiser))
        assert answer.status_code == status
    await running.rows("delete from webhook_endpoints where id = %s", mine)
    assert await messages(running, bearer(poll.organiser)) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{LOG}/msg_1", 404),
        (f"{LOG}/{2**63}", 404),
        (f"{LOG}/msg_x", 404),
        (f"{LOG}/{'1' * 20}", 404),
        (f"{LOG}?limit=0", 422),
        (f"{LOG}?limit=200", 200),
        (f"{LOG}?limit=201", 422),
        (f"{LOG}?type=event.invented", 422),
        (f"{LOG}?since=yesterday", 422),
        (f"{LOG}?since=2030-01-01T00:00:00", 422),
    ],
)
async def test_what_the_log_is_asked_has_bounds(running: Running, path: str, status: int) -> None:
    answer = await running.client.get(path, headers=AS_ADMIN)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("path", [LOG, f"{LOG}/msg_1"])
async def test_the_log_is_for_owners_of_endpoints(running: Running, path: str) -> None:
    assert (await running.client.get(path)).status_code == 401
    answer = await running.client.get(path, headers=bearer("ct_org_guess"))
    assert answer.status_code in (401, 404)


async def test_the_catalogue_names_every_type_with_schema_and_example_to_anybody(
    running: Running,
) -> None:
    answer = await running.client.get("/api/v1/webhooks/event-types")
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [one["type"] for one in items] == list(MESSAGES)
    for one in items:
        assert one["schema"] == current()[f"webhooks/{one['type']}"]
        judge: Any = Draft202012Validator(one["schema"])
        judge.validate(one["example"])
        assert one["description"]


async def test_every_body_that_is_sent_is_what_the_catalogue_says_to_the_byte(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url)
    event = await running.creates(title='Größe "XL"', description="a\tb\\c\n🎉")
    path, always = f"{EVENTS}/{event['id']}", {"if-match": "*"}
    await running.client.patch(path, json={"title": "Retro"}, headers=always)
    end = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await running.client.patch(path, json={"ends_at": end}, headers=always)
    await running.client.post(f"{path}/complete")
    await running.client.post(f"{EVENTS}/{(await running.creates())['id']}/cancel")
    poll = Poll(owner)
    poll.closed()
    poll.finalised()
    poll.regretted(START + timedelta(days=1), people=2)
    await taken_in(running, poll)
    await asks_for_a_test(running, endpoint["id"])
    other = await running.registers(f"{receiver.url}/other", "poll.closed")
    await running.client.post(f"/api/v1/webhooks/endpoints/{other['id']}/disable", headers=AS_ADMIN)
    sent: dict[Any, str] = {one["type"]: one["body"] for one in await messages(running)}
    assert sent.keys() == MESSAGES.keys()
    for type_, body in sent.items():
        judge: Any = Draft202012Validator(
            current()[f"webhooks/{type_}"],
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        judge.validate(json.loads(body))
        read = MESSAGES[type_].body.model_validate_json(body)
        assert read.model_dump_json() == body


async def test_a_test_reaches_its_endpoint_alone_whatever_it_hears_of(
    running: Running, receiver: Receiver
) -> None:
    endpoint = await running.registers(f"{receiver.url}/one", "event.cancelled")
    await running.registers(f"{receiver.url}/other")
    delivery = await asks_for_a_test(running, endpoint["id"])
    await eventually(lambda: receiver.has(1))
    [got] = receiver.got
    assert got.path == "/one"
    assert got.verifies(endpoint["secret"])
    body = json.loads(got.body)
    assert (body["type"], body["data"]["id"]) == ("endpoint.test", endpoint["id"])
    [message] = await messages(running)
    assert [one["id"] for one in message["deliveries"]] == [delivery]


async def test_there_is_no_test_of_an_endpoint_that_is_not_there(running: Running) -> None:
    with pytest.raises(LookupError):
        await asks_for_a_test(running, str(uuid4()))


async def test_others_of_the_same_owner_hear_of_a_disabled_endpoint_and_itself_does_not(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    poll = Poll(owner)
    await taken_in(running, poll)
    gone = await running.registers(f"{receiver.url}/T0KEN?key=s3cret")
    hears = await running.registers(receiver.url, "endpoint.disabled")
    await running.registers(receiver.url, "event.created")
    of_the_poll = [await of_poll(running, poll) for _ in range(2)]
    for ids in ([gone["id"]], of_the_poll[:1]):
        async with running.service.pool.connection() as connection:
            await connection.execute(
                "update webhook_endpoints set state = 'disabled', disabled_reason = 'gone'"
                " where id = any(%s)",
                (ids,),
            )
            await tell_disabled(connection, [UUID(one) for one in ids])
    of_poll_, instance = await messages(running, type="endpoint.disabled")
    assert [one["endpoint"] for one in instance["deliveries"]] == [hears["id"]]
    assert [one["endpoint"] for one in of_poll_["deliveries"]] == of_the_poll[1:]
    data = json.loads(instance["body"])["data"]
    assert (data["id"], data["reason"], data["host"]) == (gone["id"], "gone", "127.0.0.1")
    assert "T0KEN" not in instance["body"]
    assert "s3cret" not in instance["body"]
