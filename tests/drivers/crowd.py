"""A crowd of people who answer polls at random, and who know what should come out of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from brute_force import LEVELS, Choice, Free, recommend
from commontime_driver import JSON, MORNING, Commontime, Person, Poll, eventually, free

QUARTERS = 20
LENGTH = 4
PREFERENCES = {level: name for name, level in LEVELS.items()}


@dataclass
class Crowd:
    """`said` is what each person's last acknowledged answer was."""

    commontime: Commontime
    random: Random
    polls: dict[str, Poll] = field(default_factory=dict[str, Poll])
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    said: dict[str, list[Free]] = field(default_factory=dict[str, list[Free]])
    answers: int = 0

    async def gathers(self, polls: int, people: int) -> None:
        """Open so many polls with so many people in each."""
        for poll in await asyncio.gather(
            *(self.commontime.opens_a_poll(QUARTERS / 4) for _ in range(polls))
        ):
            self.polls[poll.id] = poll
            for number in range(people):
                person = await self.commontime.joins(poll, f"Person {number}")
                self.people[person.id] = person

    async def answers_once(self) -> None:
        await asyncio.gather(*map(self.answer, self.people.values()))

    async def keeps_answering(self) -> None:
        """Until cancelled; whoever gets no answer says the same again."""
        await asyncio.gather(*map(self._keep_answering, self.people.values()))

    async def answer(self, person: Person) -> None:
        schedule = self._any_schedule()
        body = {"intervals": [_interval(one) for one in schedule]}
        path = f"{person.path}/schedule"
        # Said now: it may take effect although the answer never comes.
        self.said[person.id] = schedule
        answer = await self.commontime.insists("PUT", path, body, person.edit)
        assert answer.status_code == 200, answer.text
        person.poll.notice(answer)
        self.answers += 1

    async def has_answered(self, more: int, seconds: float = 60) -> None:
        """Wait until so many more answers are acknowledged."""
        wanted = self.answers + more

        async def count() -> int:
            return self.answers

        await eventually(count, lambda seen: seen >= wanted, seconds)

    async def is_understood(self, seconds: float = 40) -> None:
        """Every poll's recommendations become what brute force says, by themselves."""
        for poll in self.polls.values():
            expected = self._expected(poll)

            async def seen(poll: Poll = poll) -> list[Choice]:
                return choices(await self.commontime.sees_recommended(poll, least=False))

            await eventually(seen, lambda found, right=expected: found == right, seconds)

    def _expected(self, poll: Poll) -> list[Choice]:
        people = {id_: self.said[id_] for id_, p in self.people.items() if p.poll is poll}
        return recommend(people, QUARTERS, LENGTH)

    async def _keep_answering(self, person: Person) -> None:
        while True:
            await self.answer(person)
            await asyncio.sleep(0.1)

    def _any_schedule(self) -> list[Free]:
        intervals: list[Free] = []
        for _ in range(self.random.randint(1, 4)):
            start = self.random.randrange(QUARTERS)
            end = self.random.randint(start + 1, QUARTERS)
            intervals.append((start, end, self.random.choice(list(LEVELS.values()))))
        return intervals


def choices(answer: Mapping[str, Any]) -> list[Choice]:
    """An answer of the recommender in the terms of the brute force."""
    return [
        Choice(
            _quarter(one["start"]),
            _quarter(one["end"]),
            (_quarter(one["window"]["start"]), _quarter(one["window"]["end"])),
            tuple(one["available"]),
            tuple(one["preferred"]),
            tuple(one["if_needed"]),
            tuple(missing["participant"] for missing in one["unavailable"]),
        )
        for one in answer["recommendations"]
    ]


def _interval(one: Free) -> JSON:
    start, end, level = one
    return free(start / 4, end / 4, PREFERENCES[level])


def _quarter(instant: str) -> int:
    return (datetime.fromisoformat(instant) - MORNING) // timedelta(minutes=15)
