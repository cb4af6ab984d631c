"""From facts over Kafka to the answer over HTTP: the same as by brute force."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from random_polls import ZONES, RandomPoll, clock_change_poll
from ranking_oracle import OracleDemand, OraclePerson, recommend

from contracts.fact import Span
from contracts.polls import Buffer, GroupRule, Rules
from contracts.schedules import FreeInterval, Preference
from recommender.known_polls import microseconds
from recommender.testing import Others, Person, Poll, Recommender

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREFERENCES: dict[int, Preference] = {1: "if_needed", 2: "available", 3: "preferred"}


@pytest.mark.parametrize("seed", range(12))
async def test_facts_in_are_answered_as_by_brute_force(
    recommender: Recommender, they: Others, seed: int
) -> None:
    random_poll = clock_change_poll(seed)

    def id_of(name: str) -> str:
        return str(UUID(int=(seed << 32) + int(name[1:])))

    people = [replace(person, id=id_of(person.id)) for person in random_poll.people]
    poll = await decided(they, random_poll, people, zone_of(seed))
    demand = replace(random_poll.demand, ignore=frozenset(map(id_of, random_poll.demand.ignore)))
    answer = await recommender.asked(poll, **query_of(demand))
    assert answer.status_code == 200, answer.text
    expected = recommend(random_poll.oracle, people, demand)
    assert [in_words_of_oracle(each) for each in answer.json()["recommendations"]] == expected


def query_of(demand: OracleDemand) -> dict[str, Any]:
    """What the caller says; the other rules are the poll's own."""
    return {
        "limit": demand.limit,
        "distinct": demand.distinct,
        "include_unmet": demand.include_unmet,
        "format": "slots" if demand.slots else "windows",
        "ignore": sorted(demand.ignore),
        "min_available": demand.min_available,
    }


def zone_of(seed: int) -> str:
    """The zone that `clock_change_poll` chose: its first choice."""
    return random.Random(seed).choice(ZONES)


async def decided(
    they: Others, random_poll: RandomPoll, people: list[OraclePerson], zone: str
) -> Poll:
    times = random_poll.times
    demand = random_poll.demand
    rules = Rules(
        min_percentage=demand.min_percentage or None,
        groups=tuple(GroupRule(name=name, at_least=k) for name, k in demand.groups),
        buffer=Buffer(before=length(times.before), after=length(times.after)),
    )
    poll = await they.opened(
        timezone=zone,
        window=span(times.window),
        slots=tuple(map(span, times.slots)),
        duration=length(times.duration),
        step=length(times.step),
        rules=rules,
    )
    for oracle_person in people:
        person: Person = await they.joined(poll, id_=UUID(oracle_person.id))
        await they.weighs(
            poll,
            person,
            oracle_person.weight,
            role="required" if oracle_person.required else "optional",
            groups=oracle_person.groups,
        )
        if oracle_person.intervals is not None:
            given = [
                FreeInterval(start=instant(a), end=instant(b), preference=PREFERENCES[level])
                for a, b, level in oracle_person.intervals
            ]
            await they.submits(poll, person, *given)
    return poll


def in_words_of_oracle(each: dict[str, Any]) -> dict[str, Any]:
    return {
        "rank": each["rank"],
        "tier": each["tier"],
        "start": number(each["start"]),
        "end": number(each["end"]),
        "window": numbers(each["window"]),
        "latest_start": number(each["latest_start"]),
        "unmet": tuple(each["unmet"]),
        "available": tuple(each["available"]),
        "preferred": tuple(each["preferred"]),
        "if_needed": tuple(each["if_needed"]),
        "unavailable": tuple(entry["participant"] for entry in each["unavailable"]),
        "missing": [
            (entry["participant"], [numbers(gap) for gap in entry["missing"]])
            for entry in each["unavailable"]
            if entry["reason"] == "partly_free"
        ],
        "unanswered": tuple(each["unanswered"]),
        "score": each["score"],
    }


def instant(number: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)


def length(number: int) -> timedelta:
    return timedelta(microseconds=number)


def span(numbers: tuple[int, int]) -> Span:
    return Span(start=instant(numbers[0]), end=instant(numbers[1]))


def number(text: str) -> int:
    return microseconds(datetime.fromisoformat(text))


def numbers(document: dict[str, str]) -> tuple[int, int]:
    return number(document["start"]), number(document["end"])
