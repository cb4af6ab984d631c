"""An event follows its poll, and those who may see the poll see the event.

Facts come from the poll's owner, as they do when Kafka is late; the last test has them come
over Kafka.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.access import hash_of
from contracts import topics
from contracts.envelope import Envelope
from contracts.fact import Fact
from contracts.schedules import ParticipantErased, ParticipantJoined
from event_lifecycle.maintenance import rebuild
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS, HOUR, NOW, START, Poll, bearer
from event_lifecycle.testing.receiver import Receiver
from event_lifecycle.testing.running import AS_ADMIN, Running, connect, eventually, run
from inbox.testing.owner import Owner, envelope_of, serve_owner
from inbox.topics import ensure_topics

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def event_of(running: Running, poll: Poll, token: str | None = None) -> dict[str, Any]:
    """As the organiser sees it after everything that was decided."""
    answer = await running.client.get(
        EVENTS,
        params={"poll_id": str(poll.id)},
        headers={
            **bearer(token or poll.organiser),
            "commontime-min-sequence": f"polls={poll.sequence}",
        },
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["commontime-sequence"] == f"polls={poll.sequence}"
    [event] = answer.json()["items"]
    return event


async def due(running: Running) -> list[Any]:
    return await running.rows("select due_at from timers")


async def types(running: Running, event_id: UUID) -> list[str]:
    rows = await running.rows(
        "select type from events where key = %s order by sequence", str(event_id)
    )
    return [type_.split(".")[2] for (type_,) in rows]


async def contents(running: Running) -> dict[str, list[Any]]:
    tables = ("scheduled_events", "timers", "known_polls", "webhook_messages", "events")
    # `changed` is no content, but when a row was written.
    select = "select (to_jsonb(t) - 'changed')::text from {} t order by 1"
    return {table: await running.rows(select.format(table)) for table in tables}


@pytest.fixture
def poll(owner: Owner) -> Poll:
    return Poll(owner)


async def test_a_finalised_poll_has_an_event_that_completes_at_its_end(
    running: Running, poll: Poll
) -> None:
    poll.finalised()
    event = await event_of(running, poll)
    assert (event["id"], event["poll_id"]) == (str(poll.event_id), str(poll.id))
    assert (event["title"], event["timezone"]) == ("Planning", "Europe/Berlin")
    assert event["starts_at"] == START.isoformat().replace("+00:00", "Z")
    assert event["due_at"] == event["ends_at"]
    assert (event["status"], event["tentative"]) == ("pending", False)
    assert await due(running) == [(START + HOUR,)]
    seen = await running.client.get(str(poll), headers=bearer(poll.answer))
    assert seen.json() == event
    assert seen.headers["commontime-sequence"] == "events=1, polls=2"


async def test_the_event_follows_its_poll_through_all_states(running: Running, poll: Poll) -> None:
    poll.finalised()
    await event_of(running, poll)
    poll.reopened()
    event = await event_of(running, poll)
    assert (event["status"], event["tentative"], event["due_at"]) == ("pending", True, None)
    assert await due(running) == []

    poll.closed()
    poll.finalised(START + HOUR)
    event = await event_of(running, poll)
    assert (event["tentative"], event["due_at"]) == (False, event["ends_at"])
    assert await due(running) == [(START + 2 * HOUR,)]

    await running.client.post(f"{poll}/complete", headers=bearer(poll.organiser))
    event = await event_of(running, poll)
    assert (event["status"], event["completed_by"]) == ("completed", "person")
    assert await due(running) == []

    poll.reopened()
    event = await event_of(running, poll)
    assert (event["status"], event["tentative"], event["completed_at"]) == ("pending", True, None)
    poll.finalised()
    event = await event_of(running, poll)
    assert (event["id"], event["status"]) == (str(poll.event_id), "pending")
    assert (event["completed_at"], event["completed_by"]) == (None, None)
    assert await due(running) == [(START + HOUR,)]

    poll.cancelled()
    event = await event_of(running, poll)
    assert (event["status"], event["cancelled_at"]) == ("cancelled", event["updated_at"])
    assert await due(running) == []
    assert await types(running, poll.event_id) == [
        "scheduled",
        "rescheduled",
        "rescheduled",
        "completed",
        "rescheduled",
        "rescheduled",
        "cancelled",
    ]


async def test_a_completed_event_is_revived_and_a_completed_or_tentative_one_cancelled(
    running: Running, owner: Owner, poll: Poll
) -> None:
    poll.finalised()
    await event_of(running, poll)
    await running.client.post(f"{poll}/complete", headers=bearer(poll.organiser))
    poll.finalised(START + HOUR)
    event = await event_of(running, poll)
    assert (event["status"], event["tentative"]) == ("pending", False)
    assert await due(running) == [(START + 2 * HOUR,)]

    await running.client.post(f"{poll}/complete", headers=bearer(poll.organiser))
    poll.cancelled()
    assert (await event_of(running, poll))["status"] == "cancelled"

    reopened = Poll(owner)
    for decide in (reopened.finalised, reopened.reopened, reopened.cancelled):
        decide()
        event = await event_of(running, reopened)
    assert (event["status"], event["completed_by"]) == ("cancelled", None)
    assert await due(running) == []


async def test_all_of_it_at_once_comes_to_the_same(running: Running, poll: Poll) -> None:
    poll.finalised()
    poll.reopened()
    poll.finalised(START + HOUR)
    event = await event_of(running, poll)
    assert (event["version"], event["tentative"]) == (3, False)
    assert await due(running) == [(START + 2 * HOUR,)]


async def test_a_poll_that_never_was_decided_has_no_event(running: Running, poll: Poll) -> None:
    poll.closed()
    poll.reopened()
    poll.cancelled()
    answer = await running.client.get(
        EVENTS, params={"poll_id": str(poll.id)}, headers=bearer(poll.organiser)
    )
    assert answer.json()["items"] == []
    assert await running.rows("select 1 from events") == []


async def test_taking_a_polls_facts_in_again_moves_no_event(running: Running, poll: Poll) -> None:
    poll.finalised()
    poll.reopened()
    poll.finalised(START + HOUR)
    before = await event_of(running, poll)
    await running.rows("delete from seen")
    await running.rows("delete from known_polls")
    assert await event_of(running, poll) == before


async def test_a_rebuild_makes_the_same_of_the_facts_and_announces_nothing_again(
    settings_with: Callable[..., Settings], receiver: Receiver
) -> None:
    async with serve_owner() as poll_api:
        poll_api.tells_heads = True
        poll = Poll(poll_api)
        poll.finalised()
        poll.reopened()
        async with run(settings_with(poll_api_url=poll_api.url)) as running:
            await running.registers(receiver.url)
            await event_of(running, poll)
            done, pending = [await running.creates() for _ in range(2)]
            await running.client.post(f"{EVENTS}/{done['id']}/complete")
            await eventually(lambda: receiver.has(7))
            before = await contents(running)
            assert [len(rows) for rows in before.values()] == [3, 1, 1, 7, 5]

            await running.rows("update scheduled_events set details = '{}', version = 99")
            await running.rows("delete from timers")
            await rebuild(running.settings)

            assert await contents(running) == before
            assert await running.sees(pending["id"]) == pending


async def test_people_neither_move_nor_cancel_the_event_of_a_poll(
    running: Running, poll: Poll
) -> None:
    poll.finalised()
    await event_of(running, poll)
    as_organiser = {**bearer(poll.organiser), "if-match": "*"}
    cancel = await running.client.post(f"{poll}/cancel", headers=as_organiser)
    assert (cancel.status_code, cancel.json()["code"]) == (409, "event_of_poll")
    moved = {"ends_at": (START + 5 * HOUR).isoformat()}
    move = await running.client.patch(str(poll), json=moved, headers=as_organiser)
    assert (move.status_code, move.json()["code"]) == (409, "event_of_poll")
    word = await running.client.patch(str(poll), json={"title": "Retro"}, headers=as_organiser)
    assert (word.status_code, word.json()["title"]) == (200, "Retro")


async def test_who_may_see_the_poll_sees_its_event_and_the_organiser_changes_it(
    running: Running, owner: Owner, poll: Poll
) -> None:
    poll.finalised()
    await event_of(running, poll)
    stranger = Poll(owner).organiser
    for headers in ({}, bearer(stranger), bearer("ct_org_guess")):
        for path in (str(poll), f"{poll}/history"):
            assert (await running.client.get(path, headers=headers)).status_code == 404
        assert (await running.client.get(EVENTS, headers=headers)).json()["items"] == []
        assert (await running.client.post(f"{poll}/complete", headers=headers)).status_code == 404
    for headers in (bearer(poll.organiser), bearer(poll.answer), AS_ADMIN):
        assert (await running.client.get(str(poll), headers=headers)).status_code == 200
        assert len((await running.client.get(EVENTS, headers=headers)).json()["items"]) == 1
    weak = await running.client.post(f"{poll}/complete", headers=bearer(poll.answer))
    assert (weak.status_code, weak.json()["needs"]) == (403, ["organiser"])
    history = await running.client.get(f"{poll}/history", headers=bearer(poll.answer))
    assert history.status_code == 403
    history = await running.client.get(f"{poll}/history", headers=bearer(poll.organiser))
    assert len(history.json()["items"]) == 1


async def test_the_event_of_a_public_poll_is_public(running: Running, owner: Owner) -> None:
    poll = Poll(owner, access="public")
    poll.finalised()
    event = await event_of(running, poll)
    assert await running.sees(event["id"]) == event
    assert (await running.client.get(EVENTS)).json()["items"] == [event]
    assert (await running.client.post(f"{poll}/complete")).status_code == 403


async def test_a_participants_link_opens_the_event_until_they_are_erased(
    settings_with: Callable[..., Settings], owner: Owner
) -> None:
    async with serve_owner() as availability:
        poll = Poll(owner)
        poll.finalised()
        facts: list[Fact] = [
            ParticipantJoined(
                poll_id=poll.id,
                participant_id=poll.participant,
                polls_sequence=1,
                edit_hash=hash_of(poll.edit),
                joined_at=NOW,
            ),
            ParticipantErased(
                poll_id=poll.id,
                participant_id=poll.participant,
                polls_sequence=1,
                erased_at=NOW,
            ),
        ]
        async with run(settings_with(availability_url=availability.url)) as running:
            event = await event_of(running, poll)
            mine = {**bearer(poll.edit), "commontime-min-sequence": "schedules=1"}
            availability.facts[str(poll.id)].append(envelope_of(str(poll.id), 1, facts[0]))
            assert await running.sees(event["id"], mine) == event
            listed = await running.client.get(EVENTS, headers=mine)
            assert len(listed.json()["items"]) == 1
            availability.facts[str(poll.id)].append(envelope_of(str(poll.id), 2, facts[1]))
            gone = {**mine, "commontime-min-sequence": "schedules=2"}
            answer = await running.client.get(str(poll), headers=gone)
            assert answer.status_code == 404


async def test_a_participants_fact_leaves_alone_what_is_known_of_the_poll(
    settings_with: Callable[..., Settings], owner: Owner
) -> None:
    async with serve_owner() as availability:
        poll = Poll(owner)
        poll.finalised()
        joined = ParticipantJoined(
            poll_id=poll.id,
            participant_id=poll.participant,
            polls_sequence=1,
            edit_hash=hash_of(poll.edit),
            joined_at=NOW,
        )
        settings = settings_with(availability_url=availability.url)
        async with run(settings) as running, await connect(settings) as changing:
            event = await event_of(running, poll)
            await changing.execute("begin")
            await changing.execute("update known_polls set public = public")
            availability.facts[str(poll.id)].append(envelope_of(str(poll.id), 1, joined))
            mine = {**bearer(poll.edit), "commontime-min-sequence": "schedules=1"}
            assert await running.sees(event["id"], mine) == event


async def test_an_event_that_is_on_its_way_is_never_a_false_404(
    running: Running, poll: Poll
) -> None:
    poll.finalised()
    promised = {**bearer(poll.organiser), "commontime-min-sequence": "polls=2"}
    answer = await running.client.get(str(poll), headers=promised)
    assert (answer.status_code, answer.json()["code"]) == (503, "behind")
    await event_of(running, poll)
    assert (await running.client.get(str(poll), headers=promised)).status_code == 200


async def test_an_owner_away_is_503_and_no_false_answer(
    running: Running, owner: Owner, poll: Poll
) -> None:
    poll.finalised()
    owner.status = 503
    answer = await running.client.get(
        EVENTS, params={"poll_id": str(poll.id)}, headers=bearer(poll.organiser)
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "owner_unavailable")
    assert int(answer.headers["retry-after"]) >= 1


async def test_partners_hear_of_the_event_of_a_poll_as_of_any_other(
    running: Running, poll: Poll, receiver: Receiver
) -> None:
    await running.registers(receiver.url, "event.created", "event.completed")
    poll.finalised()
    await event_of(running, poll)
    await running.client.post(f"{poll}/complete", headers=bearer(poll.organiser))
    await eventually(lambda: receiver.has(2))


async def test_over_kafka_a_decision_becomes_an_event_and_its_fact_is_published(
    settings_with: Callable[..., Settings],
    kafka_bootstrap: str,
    topic_prefix: str,
    owner: Owner,
) -> None:
    await ensure_topics(kafka_bootstrap, topic_prefix, list(topics.ALL))
    poll = Poll(owner)
    poll.finalised()
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    consumer = AIOKafkaConsumer(
        topic_prefix + topics.LIFECYCLE.name,
        bootstrap_servers=kafka_bootstrap,
        auto_offset_reset="earliest",
    )
    kafka = {"kafka_bootstrap_servers": kafka_bootstrap, "kafka_topic_prefix": topic_prefix}
    async with run(settings_with(**kafka)) as running:
        await producer.start()
        for envelope in owner.facts[str(poll.id)] * 2:
            await producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]  # untyped
                topic_prefix + topics.POLLS.name,
                envelope.data,
                key=envelope.key.encode(),
                headers=envelope.headers(),
            )
        await producer.stop()

        async def has_event() -> bool:
            return bool(await running.rows("select 1 from scheduled_events"))

        await eventually(has_event, within=30)
        assert await types(running, poll.event_id) == ["scheduled"]
        await consumer.start()
        async with asyncio.timeout(20):
            message: Any = await _next(consumer)
        await consumer.stop()
        published = Envelope.from_kafka(message.value, message.headers)
        assert (published.key, published.sequence) == (str(poll.event_id), 1)
        assert published.type == "commontime.event.scheduled.v1"


async def _next(consumer: Any) -> Any:
    """`aiokafka` has no types for what is consumed."""
    return await consumer.getone()
