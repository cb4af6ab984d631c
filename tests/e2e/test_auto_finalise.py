"""A poll finalises itself as soon as its rule is met: once, on what everyone could see."""

import asyncio
from random import Random
from typing import Any

import httpx
import pytest

from commontime_driver import JSON, Commontime, Person, Poll, at, eventually, free

FINALISED = "commontime.poll.finalised.v1"
ALONE = {"auto_finalise": {"when": "everyone_answered", "expected": 1}}
BOTH = {"auto_finalise": {"when": "everyone_answered", "expected": 2}}
EVERYONE = {"auto_finalise": {"when": "everyone_answered", "expected": 3}}
TWO = {"min_available": 2, "auto_finalise": {"when": "rules_met"}}


async def people(commontime: Commontime, poll: Poll, *names: str) -> list[Person]:
    return [await commontime.joins(poll, name) for name in names]


async def is_decided(commontime: Commontime, poll: Poll) -> JSON:
    """The poll, once it has finalised itself."""
    return await eventually(
        lambda: commontime.sees_poll(poll), lambda seen: seen["state"] == "finalised"
    )


async def stays_undecided(commontime: Commontime, poll: Poll) -> None:
    """Another poll is decided meanwhile: what this one was about to do is done."""
    await commontime.sees_recommended(poll)
    other = await commontime.opens_a_poll(rules=ALONE)
    await commontime.submits(await commontime.joins(other, "Uma"), free(0, 1))
    await is_decided(commontime, other)
    assert (await commontime.sees_poll(poll))["state"] != "finalised"


async def decisions(commontime: Commontime, poll: Poll) -> list[JSON]:
    return [item for item in await commontime.sees_history(poll) if item["type"] == FINALISED]


async def test_a_poll_finalises_itself_when_everyone_has_answered(commontime: Commontime) -> None:
    poll = await commontime.opens_a_poll(rules=EVERYONE)
    ann, ben, cem = await people(commontime, poll, "Ann", "Ben", "Cem")
    await commontime.submits(ann, free(0, 4))
    await commontime.submits(ben, free(2, 5))
    await stays_undecided(commontime, poll)
    await commontime.submits(cem, free(3, 6))
    decided = await is_decided(commontime, poll)
    assert decided["decision"] == {
        "start": at(3),
        "end": at(4),
        "basis": {"polls": 1, "schedules": 6},
        "automatic": True,
    }
    (decision,) = await decisions(commontime, poll)
    assert (decision["actor"], decision["data"]["automatic"]) == ("automatic", True)
    event = await eventually(
        lambda: commontime.sees_event(decided["event_id"], poll.answer),
        lambda event: event is not None,
    )
    assert event is not None
    assert (event["starts_at"], event["ends_at"], event["tentative"]) == (at(3), at(4), False)


async def test_a_poll_finalises_itself_when_its_rules_are_met(commontime: Commontime) -> None:
    poll = await commontime.opens_a_poll(rules=TWO)
    ann, ben, cem = await people(commontime, poll, "Ann", "Ben", "Cem")
    await commontime.submits(ann, free(0, 2))
    await commontime.submits(ben, free(4, 6))
    await stays_undecided(commontime, poll)
    await commontime.submits(cem, free(5, 8))
    decided = await is_decided(commontime, poll)
    assert (decided["decision"]["start"], decided["decision"]["automatic"]) == (at(5), True)


async def test_a_rule_that_is_set_on_a_closed_poll_decides_it(commontime: Commontime) -> None:
    poll = await commontime.opens_a_poll()
    for person in await people(commontime, poll, "Ann", "Ben"):
        await commontime.submits(person, free(1, 3))
    await commontime.closes(poll)
    await commontime.revises(poll, rules=BOTH)
    decided = await is_decided(commontime, poll)
    assert decided["decision"]["start"] == at(1)
    assert decided["decision"]["basis"] == {"polls": 3, "schedules": 4}


async def test_reopening_disarms_the_rule_and_a_revision_arms_it_again(
    commontime: Commontime,
) -> None:
    poll = await commontime.opens_a_poll(rules=BOTH)
    ann, ben = await people(commontime, poll, "Ann", "Ben")
    await commontime.submits(ann, free(0, 4))
    await commontime.submits(ben, free(0, 4))
    first = await is_decided(commontime, poll)
    await commontime.reopens(poll)
    assert (await commontime.sees_poll(poll))["rules"]["auto_finalise"] is None
    await commontime.submits(ben, free(2, 4))
    await stays_undecided(commontime, poll)
    await commontime.revises(poll, rules=BOTH)
    second = await is_decided(commontime, poll)
    assert second["event_id"] == first["event_id"]
    assert second["decision"]["start"] == at(2)
    assert len(await decisions(commontime, poll)) == 2
    moved = await eventually(
        lambda: commontime.sees_event(first["event_id"], poll.answer),
        lambda event: event is not None and event["starts_at"] == at(2),
    )
    assert moved is not None


@pytest.mark.parametrize("seed", range(3))
async def test_one_decision_wins_against_twenty_by_hand(commontime: Commontime, seed: int) -> None:
    random = Random(seed)
    poll = await commontime.opens_a_poll(rules=EVERYONE)
    ann, ben, cem = await people(commontime, poll, "Ann", "Ben", "Cem")
    await commontime.submits(ann, free(8, 9))
    await commontime.submits(ben, free(8, 9))

    async def decides(number: int) -> httpx.Response:
        # Around when the rule is seen to be met.
        await asyncio.sleep(random.uniform(0, 0.1) + 0.3 * seed)
        return await commontime.client.post(
            f"{poll.path}/finalise",
            json={"start": at(number / 4)},
            headers={"Authorization": f"Bearer {poll.organiser}"},
        )

    submitting = asyncio.create_task(commontime.submits(cem, free(8, 9)))
    answers = await asyncio.gather(*map(decides, range(20)))
    await submitting
    decided = await is_decided(commontime, poll)
    (decision,) = await decisions(commontime, poll)
    assert decision["data"]["start"] == decided["decision"]["start"]
    chosen: set[Any] = {a.json()["decision"]["start"] for a in answers if a.status_code == 200}
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert chosen == (set() if decision["data"]["automatic"] else {decided["decision"]["start"]})
    event = await eventually(
        lambda: commontime.sees_event(decided["event_id"], poll.answer),
        lambda event: event is not None,
    )
    assert event is not None
    assert event["starts_at"] == decided["decision"]["start"]
