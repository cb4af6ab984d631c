"""The recommender holds nothing that is not in the facts: whatever becomes of it, the same bytes.

The bytes are compared, not what they mean: an ETag of one replica is good for every other one.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from random import Random

import httpx
import pytest

from commontime_driver import Commontime, Poll, eventually
from contracts.topics import POLLS, SCHEDULES
from crowd import Crowd
from separate_processes import Replica, SeparateProcesses
from topic_by_hand import TopicByHand

RECOMMENDER = "recommender"
READS = (
    "/recommendations",
    "/recommendations?limit=100&distinct=false",
    "/recommendations?as_of=polls:1,schedules:7",
    "/heatmap",
    "/timeline",
)
Answers = dict[str, tuple[bytes, str]]


@pytest.fixture(scope="module", params=[1, 3], ids=["one replica", "three replicas"])
def deployment(request: pytest.FixtureRequest, folder: Path) -> Iterator[SeparateProcesses]:
    """Commontime with so many recommenders behind the gateway."""
    number: int = request.param
    own = folder / f"recommenders-{number}"
    own.mkdir()
    replicas = {"poll-api": 1, "availability": 1, "event-lifecycle": 1, RECOMMENDER: number}
    running = SeparateProcesses(own, replicas=replicas)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
async def driver(deployment: SeparateProcesses) -> AsyncGenerator[Commontime]:
    async with Commontime(deployment.url, deployment.admin_token) as driver:
        yield driver


@pytest.fixture
async def crowd(driver: Commontime) -> Crowd:
    """Three polls of four people, all of whom have answered."""
    crowd = Crowd(driver, Random(13))
    await crowd.gathers(polls=3, people=4)
    await crowd.answers_once()
    await crowd.is_understood()
    return crowd


async def read(replica: Replica, polls: dict[str, Poll]) -> Answers:
    """What a replica answers, once it knows all that was done; by poll and question."""
    found: Answers = {}
    async with httpx.AsyncClient(base_url=replica.url, timeout=30) as client:
        for poll in polls.values():
            headers = {"Authorization": f"Bearer {poll.answer}", **poll.least}
            for question in READS:
                answer = await client.get(poll.path + question, headers=headers)
                assert answer.status_code == 200, answer.text
                found[poll.id + question] = (answer.content, answer.headers.get("etag", ""))
    return found


async def answers(deployment: SeparateProcesses, crowd: Crowd) -> Answers:
    """What every replica answers, to the byte, once everybody's name has arrived."""
    first, *others = deployment.of(RECOMMENDER)
    names = [f'"name":"Person {number}"'.encode() for number in range(4)]

    async def look() -> Answers:
        return await read(first, crowd.polls)

    def is_named(seen: Answers) -> bool:
        shown = [seen[poll_id + READS[0]][0] for poll_id in crowd.polls]
        return all(name in body for body in shown for name in names)

    expected = await eventually(look, is_named)
    for other in others:
        await eventually(lambda other=other: read(other, crowd.polls), lambda a: a == expected)
    return expected


async def from_scratch(deployment: SeparateProcesses, crowd: Crowd) -> Answers:
    """What is answered after everything was taken in anew, in the order it was decided in."""
    await asyncio.to_thread(deployment.commands, RECOMMENDER, "rebuild")
    return await answers(deployment, crowd)


async def test_whenever_it_is_killed_the_answers_are_those_computed_from_scratch(
    deployment: SeparateProcesses, crowd: Crowd
) -> None:
    load = asyncio.create_task(crowd.keeps_answering())
    for _ in range(6):
        await crowd.has_answered(crowd.random.randint(1, 12))
        killed = deployment.of(RECOMMENDER)
        if len(killed) > 1:
            killed = crowd.random.sample(killed, crowd.random.randint(1, len(killed)))
        for replica in killed:
            deployment.kill(replica)
        await crowd.has_answered(crowd.random.randint(1, 12))
        for replica in killed:
            deployment.run(replica)
        # Not until it is ready: some are killed while they start.
    crowd.stopping = True
    await load
    await deployment.is_ready(RECOMMENDER)
    await crowd.is_understood()
    survived = await answers(deployment, crowd)
    assert await from_scratch(deployment, crowd) == survived


async def test_a_dropped_database_is_restored_to_the_byte(
    deployment: SeparateProcesses, crowd: Crowd
) -> None:
    await crowd.answers_once()
    before = await answers(deployment, crowd)
    with deployment.without(RECOMMENDER):
        await asyncio.to_thread(deployment.loses_database, RECOMMENDER)
        await asyncio.to_thread(deployment.commands, RECOMMENDER, "rebuild")
    await deployment.is_ready(RECOMMENDER)
    assert await answers(deployment, crowd) == before


async def test_facts_in_any_order_twice_and_all_over_again_give_the_same_bytes(
    deployment: SeparateProcesses, crowd: Crowd
) -> None:
    topics = [TopicByHand(deployment, topic) for topic in (POLLS, SCHEDULES)]
    schedules = topics[1]
    with schedules.held_back():
        await crowd.answers_once()
        await crowd.answers_once()
    for poll_id in crowd.polls:
        facts = schedules.stored(poll_id, after=0)
        crowd.random.shuffle(facts)
        schedules.produce([*facts, *facts])
    await crowd.is_understood()
    mixed = await answers(deployment, crowd)
    for topic in topics:
        for poll_id in crowd.polls:
            topic.produce(topic.stored(poll_id, after=0))
    await asyncio.to_thread(deployment.commands, "availability", "republish")
    assert await from_scratch(deployment, crowd) == mixed
