"""A poll finalises itself on the recommendations that say so: once, whoever else decides."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from contracts.polls import Basis
from contracts.recommendations import PollRecommendations
from contracts.schedules import ScheduleSubmitted
from contracts.topics import RECOMMENDATIONS
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner, envelope_of
from inbox.topics import ensure_topics
from poll_api.migrations import FOLDERS
from poll_api.settings import Settings
from poll_api.testing import HOUR, NOW, START, Poll, PollApi, eventually, iso, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES: dict[str, Any] = {"min_available": 1, "auto_finalise": {"when": "rules_met"}}
ARMED: dict[str, Any] = {"rules": RULES}


@dataclass
class Recommender:
    """Says over Kafka what is recommended, and when a poll's rule asks for it."""

    topics: Topics
    api: PollApi
    version: int = 0

    async def says(
        self, poll: Poll, start: datetime | None = START, *, polls: int = 1, schedules: int = 2
    ) -> PollRecommendations:
        """Each time something newer."""
        self.version += 1
        state = recommended(poll.id, self.version, start, polls, schedules)
        await self.sends(poll.id, state)
        return state

    async def sends(self, key: UUID, state: PollRecommendations) -> None:
        await self.topics.send_state(str(key), state, RECOMMENDATIONS)

    async def is_heard(self, poll: Poll) -> None:
        """Whatever was said about the poll has had its effect."""
        last = await self.says(poll, None)
        await eventually(lambda: self._is_seen(poll, last.version))

    async def _is_seen(self, poll: Poll, version: int) -> bool:
        async with self.api.service.pool.connection() as connection:
            cursor = await connection.execute(
                "select version from seen_states where key = %s", (str(poll.id),)
            )
            return await cursor.fetchone() == (version,)


def recommended(
    poll_id: UUID, version: int, start: datetime | None, polls: int = 1, schedules: int = 2
) -> PollRecommendations:
    return PollRecommendations(
        version=version,
        poll_id=poll_id,
        as_of=Basis(polls=polls, schedules=schedules),
        total=1,
        answered=1,
        leading=(),
        finalise=start,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recommendations(poll_api: PollApi, settings: Settings) -> AsyncGenerator[Recommender]:
    bootstrap, prefix = settings.kafka_bootstrap_servers, settings.kafka_topic_prefix
    await ensure_topics(bootstrap, prefix, [RECOMMENDATIONS])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    yield Recommender(Topics(producer, bootstrap, prefix), poll_api)
    await producer.stop()


async def facts_of(api: PollApi, poll: Poll) -> list[str]:
    return [type(one.fact).__name__ for one in await api.service.store.read(f"poll-{poll.id}")]


async def is_finalised(api: PollApi, poll: Poll) -> bool:
    return (await api.reads(poll)).json()["state"] == "finalised"


async def history(api: PollApi, poll: Poll) -> list[dict[str, Any]]:
    answer = await api.client.get(f"{poll.path}/history", headers=poll.organiser)
    return answer.json()["items"]


async def schedules_arrive(api: PollApi, availability: Owner, poll: Poll, sequence: int) -> None:
    """So many facts about schedules are known to the service."""
    key = str(poll.id)
    for number in range(len(availability.facts[key]) + 1, sequence + 1):
        fact = ScheduleSubmitted(
            poll_id=poll.id,
            participant_id=uuid4(),
            polls_sequence=1,
            intervals=(),
            submitted_at=NOW,
        )
        availability.facts[key].append(envelope_of(key, number, fact))
    assert await api.service.inbox.all_of("schedules", key) == sequence


async def test_a_poll_is_finalised_as_recommended_and_says_how(
    poll_api: PollApi, recommendations: Recommender
) -> None:
    poll = await poll_api.opens(**ARMED)
    await recommendations.says(poll, schedules=7)
    await eventually(lambda: is_finalised(poll_api, poll))
    shown = (await poll_api.reads(poll)).json()
    assert shown["decision"] == {
        "start": iso(START),
        "end": iso(START + HOUR),
        "basis": {"polls": 1, "schedules": 7},
        "automatic": True,
    }
    assert UUID(shown["event_id"]).version == 7
    _, last = await history(poll_api, poll)
    assert (last["type"], last["actor"]) == ("commontime.poll.finalised.v1", "automatic")
    assert last["data"]["automatic"] is True
    finalised = (await poll_api.service.store.read(f"poll-{poll.id}"))[-1]
    assert abs(finalised.recorded_at - datetime.now(UTC)) < HOUR
    # Of the trace in which the recommendation was taken in: what follows goes on from there.
    assert finalised.metadata["traceparent"]


async def test_a_decision_by_hand_is_not_automatic(poll_api: PollApi) -> None:
    poll = await poll_api.opens(**ARMED)
    assert (await poll_api.finalises(poll)).json()["decision"]["automatic"] is False
    _, last = await history(poll_api, poll)
    assert (last["actor"], last["data"]["automatic"]) == ("organiser", False)


async def test_the_same_recommendations_again_and_again_decide_once(
    poll_api: PollApi, recommendations: Recommender
) -> None:
    poll = await poll_api.opens(**ARMED)
    said = await recommendations.says(poll)
    for _ in range(3):
        await recommendations.sends(poll.id, said)
    for _ in range(3):
        await recommendations.says(poll)
        await recommendations.says(poll, START + HOUR, polls=2)
    await recommendations.is_heard(poll)
    assert await facts_of(poll_api, poll) == ["PollOpened", "PollFinalised"]


@pytest.mark.parametrize("polls", [0, 2])
async def test_recommendations_for_another_version_wait_for_those_for_this_one(
    poll_api: PollApi, recommendations: Recommender, polls: int
) -> None:
    poll = await poll_api.opens(**ARMED)
    await recommendations.says(poll, polls=polls)
    await recommendations.is_heard(poll)
    assert await facts_of(poll_api, poll) == ["PollOpened"]
    await recommendations.says(poll, polls=1)
    await eventually(lambda: is_finalised(poll_api, poll))


async def test_recommendations_that_do_not_know_the_last_schedule_wait_for_those_that_do(
    poll_api: PollApi, recommendations: Recommender, availability: Owner
) -> None:
    poll = await poll_api.opens(**ARMED)
    await schedules_arrive(poll_api, availability, poll, 3)
    await recommendations.says(poll, schedules=2)
    await recommendations.is_heard(poll)
    assert await facts_of(poll_api, poll) == ["PollOpened"]
    await recommendations.says(poll, START + HOUR, schedules=3)
    await eventually(lambda: is_finalised(poll_api, poll))
    assert (await poll_api.reads(poll)).json()["decision"]["start"] == iso(START + HOUR)


async def test_no_schedule_is_taken_in_between_looking_and_deciding(
    poll_api: PollApi, recommendations: Recommender, availability: Owner
) -> None:
    poll = await poll_api.opens(**ARMED)
    with psycopg.connect(poll_api.database) as connection:
        connection.execute("select from keys where key = %s for update", (str(poll.id),))
        await recommendations.says(poll, schedules=2)
        await eventually(lambda: somebody_waits(poll_api))
        arriving = asyncio.create_task(schedules_arrive(poll_api, availability, poll, 3))
        await asyncio.sleep(0.1)
        assert await poll_api.service.inbox.seen("schedules", str(poll.id)) < 3
    await arriving
    await eventually(lambda: is_finalised(poll_api, poll))


async def somebody_waits(api: PollApi) -> bool:
    async with api.service.pool.connection() as connection:
        cursor = await connection.execute(
            "select from pg_locks l join pg_database d on d.oid = l.database"
            " where not l.granted and d.datname = current_database()"
            " union all select from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        return await cursor.fetchone() is not None


async def test_reopening_disarms_and_a_revision_arms_again(
    poll_api: PollApi, recommendations: Recommender
) -> None:
    poll = await poll_api.opens(**ARMED)
    await recommendations.says(poll)
    await eventually(lambda: is_finalised(poll_api, poll))
    event_id = (await poll_api.reads(poll)).json()["event_id"]
    reopened = (await poll_api.does(poll, "reopen")).json()
    assert reopened["rules"] == {**poll.known["rules"], "auto_finalise": None}
    await recommendations.says(poll, polls=3)
    await recommendations.is_heard(poll)
    assert not await is_finalised(poll_api, poll)
    armed = await poll_api.revises(poll, ARMED)
    assert armed.json()["rules"] == poll.known["rules"]
    await recommendations.says(poll, START + HOUR, polls=4)
    await eventually(lambda: is_finalised(poll_api, poll))
    assert (await poll_api.reads(poll)).json()["event_id"] == event_id


async def test_a_poll_that_its_deadline_closes_meanwhile_is_finalised_when_that_is_known(
    poll_api: PollApi, recommendations: Recommender
) -> None:
    soon = iso(datetime.now(UTC) + HOUR / 3600)
    poll = await poll_api.opens(**ARMED, deadline=soon)
    await poll_api.closes_by_itself(poll)
    await recommendations.says(poll, polls=1)
    await recommendations.says(poll, polls=2)
    await eventually(lambda: is_finalised(poll_api, poll))
    assert await facts_of(poll_api, poll) == ["PollOpened", "PollClosed", "PollFinalised"]


async def test_one_decision_wins_against_twenty_by_hand(
    poll_api: PollApi, recommendations: Recommender, settings: Settings
) -> None:
    async with running(settings.model_copy(update={"instance_id": "two"})) as replica:
        for milliseconds in range(0, 120, 15):
            poll = await poll_api.opens(**ARMED)
            said = asyncio.create_task(recommendations.says(poll))
            by_hand = [
                api.finalises(poll, START + HOUR * n)
                for n in range(1, 11)
                for api in (poll_api, replica)
            ]
            await asyncio.sleep(milliseconds / 1000)
            answers = await asyncio.gather(*by_hand)
            await said
            accepted = [answer for answer in answers if answer.status_code == 200]
            assert all(answer.status_code in (200, 409) for answer in answers)
            await recommendations.is_heard(poll)
            assert await facts_of(poll_api, poll) == ["PollOpened", "PollFinalised"]
            decision = (await poll_api.reads(poll)).json()["decision"]
            chosen = {answer.json()["decision"]["start"] for answer in accepted}
            assert chosen == (set() if decision["automatic"] else {decision["start"]})


async def test_what_is_wrong_with_one_state_keeps_no_other_waiting(
    poll_api: PollApi, recommendations: Recommender
) -> None:
    poll, other = await poll_api.opens(**ARMED), await poll_api.opens(**ARMED)
    key = str(poll.id).encode()
    # Under the key of the good one: all of them come before it.
    for value in (b"", b"{", b'{"version": 1}', b"null"):
        await recommendations.topics.send_raw(value, key=key, topic=RECOMMENDATIONS)
    await recommendations.sends(poll.id, recommended(other.id, 1, START))
    await recommendations.sends(poll.id, recommended(poll.id, 2, START, polls=2**70))
    await recommendations.sends(poll.id, recommended(poll.id, 2**70, START))
    nobody_knows = uuid4()
    await recommendations.sends(nobody_knows, recommended(nobody_knows, 1, START))
    await recommendations.says(poll, START.replace(year=9999))
    await recommendations.says(poll)
    await eventually(lambda: is_finalised(poll_api, poll))
    assert not await is_finalised(poll_api, other)
    assert str(nobody_knows) not in dict(await poll_api.service.store.heads())


async def test_recommendations_that_kafka_lost_are_asked_for(
    poll_api: PollApi, recommender: Owner
) -> None:
    poll = await poll_api.opens(**ARMED)
    recommender.states[str(poll.id)] = recommended(poll.id, 3, START)
    await poll_api.service.inbox.rebuild()
    assert await is_finalised(poll_api, poll)
    await poll_api.service.inbox.rebuild()
    assert await facts_of(poll_api, poll) == ["PollOpened", "PollFinalised"]


async def test_without_the_recommender_polls_are_opened_and_decided(
    settings: Settings, template_database: Any, new_database: Any
) -> None:
    alone = settings.model_copy(
        update={
            "recommender_url": "http://127.0.0.1:1",
            "database_url": SecretStr(new_database(template_database("poll_api", *FOLDERS))),
            "kafka_topic_prefix": f"{settings.kafka_topic_prefix}alone.",
        }
    )
    async with running(alone) as api:
        assert (await api.client.get("/readyz")).status_code == 200
        poll = await api.opens(**ARMED)
        assert (await api.finalises(poll)).status_code == 200
