"""Partners hear of polls, once, and of nothing that was before they asked."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.access import hash_of
from contracts.webhooks import MESSAGES
from event_lifecycle.maintenance import rebuild
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS, HOUR, START, Poll, bearer
from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import Running, eventually, run
from inbox.testing.owner import Owner, serve_owner

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = timedelta(days=1)


async def taken_in(running: Running, poll: Poll) -> None:
    """All that was decided about it so far."""
    answer = await running.client.get(
        EVENTS,
        params={"poll_id": str(poll.id)},
        headers={
            **bearer(poll.organiser),
            "commontime-min-sequence": f"polls={poll.sequence}",
        },
    )
    assert answer.status_code == 200, answer.text


async def told(running: Running, poll: Poll) -> list[dict[str, Any]]:
    """What was written to be told about the poll, in order."""
    rows = await running.rows(
        "select convert_from(body, 'UTF8') from webhook_messages where subject = %s order by n",
        str(poll.id),
    )
    return [json.loads(body) for (body,) in rows]


async def test_a_poll_is_told_from_its_opening_to_its_decision(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url, "poll.opened", "poll.closed", "poll.finalised")
    poll = Poll(owner)
    poll.closed("deadline")
    poll.reopened()
    poll.closed()
    decided = poll.finalised()
    await taken_in(running, poll)
    await eventually(lambda: receiver.has(4))
    assert all(got.verifies(endpoint["secret"]) for got in receiver.got)
    bodies = await told(running, poll)
    assert [(one["type"], one["sequence"]) for one in bodies] == [
        ("poll.opened", 1),
        ("poll.closed", 2),
        ("poll.closed", 4),
        ("poll.finalised", 5),
    ]
    assert [one["data"].get("reason") for one in bodies] == [None, "deadline", "manual", None]
    assert [one["data"]["state"] for one in bodies] == ["open", "closed", "closed", "finalised"]
    assert {one["data"]["id"] for one in bodies} == {str(poll.id)}
    last = bodies[-1]
    assert last["timestamp"] == decided.time.isoformat().replace("+00:00", "Z")
    assert last["data"]["start"] == START.isoformat().replace("+00:00", "Z")
    assert (last["data"]["event_id"], last["data"]["duration"]) == (str(poll.event_id), "PT1H")


async def test_each_growth_of_a_regret_is_told_with_the_decided_and_the_better_time(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    await running.registers(receiver.url, "poll.regret")
    poll = Poll(owner)
    poll.finalised()
    poll.regretted(START + DAY, people=1)
    poll.regretted(START + 2 * DAY, people=3)
    await taken_in(running, poll)
    await eventually(lambda: receiver.has(2))
    bodies = [MESSAGES["poll.regret"].body.model_validate(one) for one in await told(running, poll)]
    assert [one.sequence for one in bodies] == [3, 4]
    assert [(one.data.people, one.data.better.start) for one in bodies] == [
        (1, START + DAY),
        (3, START + 2 * DAY),
    ]
    assert {(one.data.state, one.data.start, one.data.end) for one in bodies} == {
        ("finalised", START, START + HOUR)
    }


async def test_what_is_told_of_a_poll_is_what_the_catalogue_says_and_opens_nothing(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    poll = Poll(owner)
    poll.closed()
    poll.finalised()
    poll.regretted(START + DAY, people=2)
    await taken_in(running, poll)
    await eventually(lambda: receiver.has(5))
    for got in receiver.got:
        message = MESSAGES[json.loads(got.body)["type"]].body.model_validate_json(got.body)
        assert message.model_dump_json().encode() == got.body
        for secret in (poll.organiser, poll.answer):
            assert secret.encode() not in got.body
            assert hash_of(secret).encode() not in got.body


async def test_facts_that_come_again_are_not_told_again(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    poll = Poll(owner)
    poll.finalised()
    await taken_in(running, poll)
    await eventually(lambda: receiver.has(3))
    before = await running.rows("select t::text from webhook_messages t order by n")
    await running.rows("delete from seen")
    await running.rows("delete from known_polls")
    await taken_in(running, poll)
    assert await running.rows("select t::text from webhook_messages t order by n") == before
    assert len(await running.deliveries()) == 3


async def test_a_rebuild_tells_nothing_not_even_what_the_log_has_forgotten(
    settings_with: Callable[..., Settings], receiver: Receiver
) -> None:
    async with serve_owner() as poll_api:
        poll_api.tells_heads = True
        poll = Poll(poll_api)
        async with run(settings_with(poll_api_url=poll_api.url)) as running:
            await running.registers(receiver.url)
            await taken_in(running, poll)
            await eventually(lambda: receiver.has(1))
            await running.rows("delete from webhook_deliveries")
            await running.rows("delete from webhook_messages")
            await rebuild(running.settings)
            assert await running.rows("select 1 from known_polls")
            assert await told(running, poll) == []


async def test_what_is_older_than_the_log_may_have_been_told_and_is_not(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    await running.rows("update webhook_endpoints set created_at = now() - interval '1 year'")
    recent, old = Poll(owner, ago=29 * DAY), Poll(owner, ago=31 * DAY)
    await taken_in(running, recent)
    await taken_in(running, old)
    assert len(await told(running, recent)) == 1
    assert await told(running, old) == []


async def test_an_endpoint_hears_of_what_happened_since_it_was_registered(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    before = Poll(owner, ago=timedelta(minutes=2))
    nearly = Poll(owner, ago=timedelta(seconds=30))
    await taken_in(running, before)
    await taken_in(running, nearly)
    assert await told(running, before) == []
    assert len(await told(running, nearly)) == 1


async def test_an_endpoint_of_a_poll_hears_of_that_poll_and_its_event_only(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    mine, other = Poll(owner), Poll(owner)
    await running.rows(
        "insert into webhook_endpoints (id, kind, url, types, state, scope, poll_id)"
        " values (%s, 'webhook', %s, '{}', 'disabled', 'poll', %s)",
        uuid4(),
        receiver.url,
        mine.id,
    )
    for poll in (mine, other):
        poll.finalised()
        await taken_in(running, poll)
    await running.creates()
    subjects = [one["subject"] for one in await running.deliveries()]
    assert sorted(subjects) == sorted([str(mine.id), str(mine.id), str(mine.event_id)])
    assert {one["state"] for one in await running.deliveries()} == {"dead"}


async def test_many_polls_taken_in_at_once_are_each_told_once(
    running: Running, owner: Owner, receiver: Receiver
) -> None:
    await running.registers(receiver.url, "poll.opened")
    polls = [Poll(owner) for _ in range(20)]
    await asyncio.gather(*(taken_in(running, poll) for poll in polls))
    await eventually(lambda: receiver.has(20))
    subjects = [json.loads(got.body)["data"]["id"] for got in receiver.got]
    assert sorted(subjects) == sorted(str(poll.id) for poll in polls)
