"""Of an erased poll nothing is left here, and nothing that comes late brings any of it back."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from psycopg import sql

from chassis.access import hash_of
from contracts.schedules import ParticipantJoined
from event_lifecycle.erasing import drop_endpoints
from event_lifecycle.known_polls import keep_links
from event_lifecycle.maintenance import rebuild
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS, NOW, START, Poll, bearer
from event_lifecycle.testing.receiver import Receiver, answering
from event_lifecycle.testing.running import AS_ADMIN, Running, connect, eventually, run
from inbox.testing.owner import Owner, serve_owner

pytestmark = pytest.mark.asyncio(loop_scope="module")
CANARY = "canary-5e07"
ENDPOINTS = "/api/v1/webhooks/endpoints"


@pytest.fixture
def poll(owner: Owner) -> Poll:
    return Poll(owner, title=CANARY, description=CANARY)


async def knows(running: Running, poll: Poll) -> list[dict[str, Any]]:
    """The events of the poll that its organiser sees after all that was decided."""
    headers = {**bearer(poll.organiser), "commontime-min-sequence": f"polls={poll.sequence}"}
    answer = await running.client.get(EVENTS, params={"poll_id": str(poll.id)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def everything(settings: Settings) -> str:
    """All rows of all tables; what is bytes there as the text it is."""
    async with await connect(settings) as connection:
        cursor = await connection.execute(
            "select oid::regclass::text from pg_class where relkind in ('r', 'p')"
            " and not relispartition and relnamespace = 'public'::regnamespace"
        )
        found: list[str] = []
        for (table,) in await cursor.fetchall():
            rows = await connection.execute(sql.SQL("select * from {}").format(sql.SQL(table)))
            found.extend(str(row) for row in await rows.fetchall())
        return "\n".join(found)


async def types(running: Running, poll: Poll) -> list[str]:
    rows = await running.rows(
        "select type from events where key = %s order by sequence", str(poll.event_id)
    )
    return [type_.split(".")[2] for (type_,) in rows]


async def owns(running: Running, poll: Poll, url: str) -> dict[str, Any]:
    """An endpoint of the poll's own."""
    body = {"url": url, "poll_id": str(poll.id), "description": CANARY}
    answer = await running.client.post(ENDPOINTS, json=body, headers=bearer(poll.organiser))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def endpoints(running: Running) -> list[Any]:
    return await running.rows("select id from webhook_endpoints")


async def nothing_is_pending(running: Running) -> bool:
    return not await running.rows("select 1 from webhook_deliveries where state = 'pending'")


async def test_no_table_holds_a_word_of_an_erased_poll(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    await running.rows(
        "insert into webhook_endpoints (id, kind, url, types, state)"
        " values (gen_random_uuid(), 'integration', %s, '{event.created}', 'enabled')",
        receiver.url,
    )
    receiver.answers = [repeating] * 20
    await running.registers(receiver.url)
    await owns(running, poll, receiver.url)
    poll.finalised()
    await knows(running, poll)
    path = f"{EVENTS}/{poll.event_id}"
    await running.client.patch(
        path, json={"title": f"{CANARY} again"}, headers=bearer(poll.organiser)
    )
    poll.finalised(START.replace(minute=0))
    await knows(running, poll)
    await eventually(lambda: nothing_is_pending(running))
    assert {json.loads(got.body).get("title") for got in receiver.got} >= {CANARY, None}
    assert CANARY in await everything(running.settings)
    poll.erased()
    assert await knows(running, poll) == []
    await eventually(lambda: nothing_is_pending(running))
    held = await everything(running.settings)
    assert CANARY not in held
    assert str(poll.id) in held


async def repeating(_: web.Request) -> web.StreamResponse:
    return web.Response(status=200, text=f"Got {CANARY}")


async def test_an_event_still_to_come_is_cancelled_once_and_said_so_without_its_title(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    poll.finalised()
    await knows(running, poll)
    await running.registers(receiver.url, "event.cancelled")
    poll.erased()
    await knows(running, poll)
    await eventually(lambda: receiver.has(1))
    message = json.loads(receiver.got[0].body)
    assert (message["type"], message["data"]["status"]) == ("event.cancelled", "cancelled")
    assert (message["data"]["title"], message["data"]["description"]) == ("", None)
    assert await types(running, poll) == ["scheduled", "cancelled"]
    assert await running.rows("select 1 from timers") == []


async def test_of_a_meeting_that_took_place_nobody_hears_that_it_does_not(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    poll.finalised()
    await knows(running, poll)
    await running.client.post(f"{poll}/complete", headers=bearer(poll.organiser))
    await running.registers(receiver.url)
    poll.erased()
    await knows(running, poll)
    assert await types(running, poll) == ["scheduled", "completed"]
    assert await running.deliveries() == []
    assert CANARY not in await everything(running.settings)


async def test_what_was_waiting_to_be_sent_is_sent_without_words_and_in_the_same_form(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    endpoint = await running.registers(receiver.url, "poll.opened")
    await running.rows("update webhook_endpoints set breaker_until = now() + interval '1 hour'")
    await knows(running, poll)
    [(before,)] = await running.rows("select body from webhook_messages")
    poll.erased()
    await knows(running, poll)
    await running.rows("update webhook_endpoints set breaker_until = null")
    await running.rows("update webhook_deliveries set next_at = now()")
    await eventually(lambda: receiver.has(1))
    [got] = receiver.got
    title, words = f'"title":"{CANARY}"'.encode(), f'"description":"{CANARY}"'.encode()
    bare = before.replace(title, b'"title":""').replace(words, b'"description":null')
    assert got.body == bare
    assert got.verifies(endpoint["secret"])


async def test_what_a_partner_answers_after_the_erasure_is_not_kept(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    may_answer = asyncio.Event()

    async def late(request: web.Request) -> web.StreamResponse:
        await may_answer.wait()
        return await repeating(request)

    receiver.answers = [late]
    await running.registers(receiver.url, "poll.opened")
    await knows(running, poll)
    await eventually(lambda: receiver.has(1))
    poll.erased()
    await knows(running, poll)
    may_answer.set()
    delivery = await running.the_delivery("delivered")
    [attempt] = await running.attempts(delivery["id"])
    assert (attempt["status"], attempt["response_excerpt"]) == (200, "")


async def test_endpoints_of_the_poll_go_when_they_have_heard_everything(
    running: Running, owner: Owner, poll: Poll, receiver: Receiver
) -> None:
    other = Poll(owner)
    kept = await owns(running, other, receiver.url)
    await owns(running, poll, receiver.url)
    poll.finalised()
    await knows(running, poll)
    await eventually(lambda: nothing_is_pending(running))
    poll.erased()
    await knows(running, poll)

    async def heard_last() -> bool:
        return b"event.cancelled" in receiver.got[-1].body and await nothing_is_pending(running)

    await eventually(heard_last)
    assert len(await endpoints(running)) == 2
    async with await connect(running.settings) as connection:
        assert await drop_endpoints(connection) == 1
    assert [str(id_) for (id_,) in await endpoints(running)] == [kept["id"]]


async def test_endpoints_with_nothing_to_hear_go_at_once(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    receiver.answers = [answering(204)]
    await owns(running, poll, receiver.url)
    await knows(running, poll)
    await eventually(lambda: nothing_is_pending(running))
    poll.erased()
    await knows(running, poll)
    assert await endpoints(running) == []


async def test_nobody_finds_the_event_by_any_link(running: Running, poll: Poll) -> None:
    joined = ParticipantJoined(
        poll_id=poll.id,
        participant_id=poll.participant,
        edit_hash=hash_of(poll.edit),
        joined_at=NOW,
        polls_sequence=1,
    )
    poll.finalised()
    await knows(running, poll)
    async with await connect(running.settings) as connection:
        await keep_links(connection, [joined])
    poll.erased()
    await knows(running, poll)
    for token in (poll.organiser, poll.answer, poll.edit):
        found = await running.client.get(str(poll), headers=bearer(token))
        assert (found.status_code, found.json()["code"]) == (404, "not_found")
        listed = await running.client.get(EVENTS, headers=bearer(token))
        assert str(poll.event_id) not in listed.text
    assert await running.rows("select 1 from known_polls") == []
    assert await running.rows("select 1 from edit_links") == []


async def test_late_facts_bring_nothing_back_and_the_same_again_changes_nothing(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    poll.finalised()
    await knows(running, poll)
    poll.erased()
    await knows(running, poll)
    await running.registers(receiver.url)
    every_fact = "select t::text from events t order by position"
    before = await running.rows(every_fact)
    await running.rows("delete from seen")
    poll.finalised()
    poll.erased()
    await knows(running, poll)
    assert await running.rows(every_fact) == before
    assert await running.rows("select 1 from known_polls") == []
    assert await running.rows("select 1 from webhook_messages") == []
    assert CANARY not in await everything(running.settings)


async def test_a_poll_erased_before_it_was_heard_of_is_told_to_nobody(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    await running.registers(receiver.url)
    poll.finalised()
    poll.erased()
    assert await knows(running, poll) == []
    assert await running.deliveries() == []
    assert await types(running, poll) == []


async def test_a_rebuild_brings_nothing_back(settings_with: Callable[..., Settings]) -> None:
    async with serve_owner() as poll_api:
        poll_api.tells_heads = True
        poll = Poll(poll_api, title=CANARY, description=CANARY)
        poll.finalised()
        async with run(settings_with(poll_api_url=poll_api.url)) as running:
            await knows(running, poll)
            poll.erased()
            await knows(running, poll)
            before = await types(running, poll)
            await rebuild(running.settings)
            assert await types(running, poll) == before == ["scheduled", "cancelled"]
            assert await running.rows("select 1 from known_polls") == []
            held = await everything(running.settings)
            assert CANARY not in held
            seen = await running.client.get(str(poll), headers=AS_ADMIN)
            assert (seen.json()["title"], seen.json()["status"]) == ("", "cancelled")
