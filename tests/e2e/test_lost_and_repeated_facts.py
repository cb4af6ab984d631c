"""Kafka is transport only: what it loses, repeats or mixes changes nothing for long."""

from collections.abc import AsyncGenerator
from random import Random

import pytest

from commontime_driver import Commontime
from contracts.topics import SCHEDULES
from crowd import Crowd
from separate_processes import SeparateProcesses
from standalone.testing import eventually
from topic_by_hand import TopicByHand


@pytest.fixture
def topic(separate: SeparateProcesses) -> TopicByHand:
    return TopicByHand(separate, SCHEDULES)


@pytest.fixture
async def crowd(separate: SeparateProcesses) -> AsyncGenerator[Crowd]:
    async with Commontime(separate.url, separate.admin_token) as driver:
        crowd = Crowd(driver, Random(11))
        await crowd.gathers(polls=2, people=5)
        await crowd.answers_once()
        await crowd.is_understood()
        yield crowd


async def test_facts_that_come_twice_and_in_any_order_count_once(
    separate: SeparateProcesses, topic: TopicByHand, crowd: Crowd
) -> None:
    before = separate.counted("recommender", "inbox_duplicates_total")
    with topic.held_back():
        await crowd.answers_once()
    for poll in crowd.polls.values():
        facts = topic.stored(poll.id, after=0)
        assert len(facts) == 15
        crowd.random.shuffle(facts)
        topic.produce([*facts, *facts])
    await crowd.is_understood(seconds=20)
    eventually(lambda: separate.counted("recommender", "inbox_duplicates_total") >= before + 50)


async def test_facts_that_were_lost_are_fetched_when_the_next_one_shows_the_gap(
    separate: SeparateProcesses, topic: TopicByHand, crowd: Crowd
) -> None:
    before = separate.counted("recommender", "inbox_gaps_total")
    with topic.held_back():
        await crowd.answers_once()
    for poll in crowd.polls.values():
        topic.produce(topic.stored(poll.id, after=0)[-1:])
    await crowd.is_understood(seconds=20)
    assert separate.counted("recommender", "inbox_gaps_total") >= before + len(crowd.polls)


async def test_a_topic_that_was_emptied_while_nobody_read_it_is_made_up_for(
    separate: SeparateProcesses, topic: TopicByHand, crowd: Crowd
) -> None:
    with separate.without("recommender"):
        await crowd.answers_once()
        assert topic.empty() >= len(crowd.people)
    await separate.is_ready("recommender")
    await crowd.is_understood()
    # Counted from zero since the start.
    assert separate.counted("recommender", "inbox_refilled_total") >= len(crowd.people)
