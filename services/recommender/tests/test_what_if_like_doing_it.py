"""Supposing something gives what doing it gives: random polls, changed for real over Kafka."""

import json
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid5
from zoneinfo import ZoneInfo

import pytest
from httpx import Response

from contracts.fact import Span
from contracts.polls import Buffer, DailyHours, GroupRule, PollDetails, PollRevised, Rules
from contracts.schedules import FreeInterval, ParticipantRevised, Preference
from contracts.slots import slots
from recommender.testing import AT, START, WINDOW, Others, Person, Poll, Recommender, details_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

ZONE = "Europe/Berlin"
HOURS = DailyHours(start=START.replace(hour=8).time(), end=START.replace(hour=17).time())
QUARTER = timedelta(minutes=15)
Intervals = tuple[FreeInterval, ...]
PREFERENCES: tuple[Preference, ...] = ("if_needed", "available", "available", "preferred")


def details(window: Span, duration: timedelta, rules: Rules) -> PollDetails:
    return details_of(
        timezone=ZONE,
        window=window,
        daily_hours=HOURS,
        slots=slots(window, HOURS, ZoneInfo(ZONE)),
        duration=duration,
        rules=rules,
    )


def random_rules(rng: random.Random) -> Rules:
    return Rules(
        min_available=rng.choice((None, 1, 2)),
        min_percentage=rng.choice((None, 40)),
        groups=(GroupRule(name="leads", at_least=1),) if rng.random() < 0.4 else (),
        buffer=Buffer(before=QUARTER * rng.randrange(2), after=QUARTER * rng.randrange(3)),
    )


def random_intervals(rng: random.Random, window: Span) -> Intervals:
    """Inside the window, overlapping and touching as they like."""
    quarters = (window.end - window.start) // QUARTER
    pairs = [sorted(rng.sample(range(quarters + 1), 2)) for _ in range(rng.randrange(5))]
    return tuple(
        FreeInterval(
            start=window.start + QUARTER * start,
            end=window.start + QUARTER * end,
            preference=rng.choice(PREFERENCES),
        )
        for start, end in pairs
    )


def as_sent(intervals: Intervals) -> list[dict[str, Any]]:
    return [interval.model_dump(mode="json") for interval in intervals]


def random_standing(rng: random.Random) -> dict[str, Any]:
    return {
        "role": rng.choice(("optional", "optional", "required")),
        "weight": rng.choice((1, 1, 3)),
        "groups": rng.choice(((), ("leads",))),
    }


async def revise(they: Others, poll: Poll, person: Person, standing: dict[str, Any]) -> None:
    about = {"poll_id": poll.id, "participant_id": person.id, "polls_sequence": poll.polls}
    await they.decides(poll, ParticipantRevised(**about, **standing, revised_at=AT))


@dataclass
class Change:
    """What is supposed and then done: revised, submitted anew, withdrawn, erased, joined."""

    window: Span
    duration: timedelta
    rules: Rules
    submitting: list[tuple[Person, Intervals]]
    withdrawing: list[Person]
    leaving: list[Person]
    joining: list[tuple[dict[str, Any], Intervals]]

    def supposition(self) -> dict[str, Any]:
        return {
            "window": self.window.model_dump(mode="json"),
            "duration": self.duration // timedelta(minutes=1),
            "rules": self.rules.model_dump(mode="json"),
            "ignore": [str(person.id) for person in self.leaving],
            "schedules": {
                **{str(person.id): as_sent(own) for person, own in self.submitting},
                **{str(person.id): None for person in self.withdrawing},
            },
            "add": [
                {"name": "Someone", "intervals": as_sent(own), **standing}
                for standing, own in self.joining
            ],
        }

    async def done(self, they: Others, poll: Poll) -> None:
        revised = details(self.window, self.duration, self.rules)
        await they.decides(poll, PollRevised(poll_id=poll.id, details=revised, revised_at=AT))
        for person, own in self.submitting:
            await they.submits(poll, person, *own)
        for person in self.withdrawing:
            await they.withdraws(poll, person)
        for person in self.leaving:
            await they.erases(poll, person)
        for number, (standing, own) in enumerate(self.joining):
            person = await they.joined(poll, None, uuid5(poll.id, f"added-{number}"))
            await they.submits(poll, person, *own)
            await revise(they, poll, person, standing)


def random_change(rng: random.Random, people: list[Person]) -> Change:
    start = WINDOW.start + QUARTER * rng.randrange(-20, 4)
    window = Span(start=start, end=start + timedelta(hours=rng.choice((9, 34))))
    return Change(
        window,
        QUARTER * rng.choice((1, 2, 6)),
        random_rules(rng),
        submitting=[(person, random_intervals(rng, window)) for person in people[:2]],
        withdrawing=people[2:3],
        leaving=people[3:4],
        joining=[(random_standing(rng), random_intervals(rng, window)) for _ in range(2)],
    )


def told(answer: Response) -> str:
    """All of it but the sequences and the names, in order."""
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    del document["as_of"], document["people"]
    return json.dumps(document)


@pytest.mark.parametrize("seed", range(15))
async def test_supposing_gives_what_doing_gives(
    recommender: Recommender, they: Others, seed: int
) -> None:
    rng = random.Random(seed)
    poll = await they.opened(**dict(details(WINDOW, timedelta(hours=1), random_rules(rng))))
    people = [
        await they.answered(poll, None, *random_intervals(rng, WINDOW))
        for _ in range(rng.randrange(2, 7))
    ]
    for person in people:
        await revise(they, poll, person, random_standing(rng))
    change = random_change(rng, people)
    query: dict[str, Any] = {"distinct": rng.choice(("true", "false")), "limit": 5}
    supposed = await recommender.supposing(poll, change.supposition(), **query)
    await change.done(they, poll)
    assert told(supposed) == told(await recommender.asked(poll, **query))
