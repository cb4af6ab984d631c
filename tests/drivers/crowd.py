"""A crowd of people who answer polls at random, and who know what should come out of it."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from brute_force import LEVELS, Choice, Free, recommend
from commontime_driver import JSON, MORNING, Commontime, Person, Poll, eventually, free
from contracts.envelope import Envelope

QUARTERS = 20
LENGTH = 4
PREFERENCES = {level: name for name, level in LEVELS.items()}


@dataclass(frozen=True)
class Acknowledged:
    """What someone was told is stored, and the sequence that this was true at."""

    person: Person
    schedule: list[Free]
    sequence: int


@dataclass
class Crowd:
    """`said` is what each person's last answer was."""

    commontime: Commontime
    random: Random
    polls: dict[str, Poll] = field(default_factory=dict[str, Poll])
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    said: dict[str, list[Free]] = field(default_factory=dict[str, list[Free]])
    acknowledged: list[Acknowledged] = field(default_factory=list[Acknowledged])
    stopping: bool = False

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
        """Until `stopping`; whoever gets no answer says the same again."""
        await asyncio.gather(*map(self._keep_answering, self.people.values()))

    async def answer(self, person: Person) -> Acknowledged:
        schedule = self._any_schedule()
        body = {"intervals": [_interval(one) for one in schedule]}
        path = f"{person.path}/schedule"
        answer = await self.commontime.insists("PUT", path, body, person.edit)
        assert answer.status_code == 200, answer.text
        person.poll.notice(answer)
        self.said[person.id] = schedule
        _, _, sequence = answer.headers["commontime-sequence"].partition("schedules=")
        told = Acknowledged(person, schedule, int(sequence))
        self.acknowledged.append(told)
        return told

    async def has_answered(self, more: int, seconds: float = 60) -> None:
        """Wait until so many more answers are acknowledged."""
        wanted = len(self.acknowledged) + more

        async def count() -> int:
            return len(self.acknowledged)

        await eventually(count, lambda seen: seen >= wanted, seconds)

    async def is_understood(self, seconds: float = 40) -> None:
        """Every poll's recommendations become what brute force says, by themselves."""
        for poll in self.polls.values():
            expected = self._expected(poll)

            async def seen(poll: Poll = poll) -> list[Choice]:
                return choices(await self.commontime.sees_recommended(poll, least=False))

            await eventually(seen, lambda found, right=expected: found == right, seconds)

    def finds_everything(self, stored: Callable[[str], Sequence[Envelope]]) -> None:
        """All that was acknowledged is among the facts that are `stored` about a poll."""
        for poll in self.polls.values():
            facts = [(fact.sequence, json.loads(fact.data)) for fact in stored(poll.id)]
            assert [sequence for sequence, _ in facts] == list(range(1, len(facts) + 1))
            data = [fact for _, fact in facts]
            for told in self.acknowledged:
                if told.person.poll is poll:
                    of_person = [
                        fact["intervals"]
                        for fact in data[: told.sequence]
                        if fact["participant_id"] == told.person.id and "intervals" in fact
                    ]
                    assert _levels(map(_as_free, of_person[-1])) == _levels(told.schedule)

    def _expected(self, poll: Poll) -> list[Choice]:
        people = {id_: self.said[id_] for id_, p in self.people.items() if p.poll is poll}
        return recommend(people, QUARTERS, LENGTH)

    async def _keep_answering(self, person: Person) -> None:
        while not self.stopping:
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


def _as_free(interval: Mapping[str, str]) -> Free:
    level = LEVELS[interval["preference"]]
    return _quarter(interval["start"]), _quarter(interval["end"]), level


def _levels(schedule: Iterable[Free]) -> list[int]:
    """The level of each quarter: one schedule can be written in many ways."""
    free = list(schedule)
    return [
        max((level for start, end, level in free if start <= quarter < end), default=0)
        for quarter in range(QUARTERS)
    ]


def _quarter(instant: str) -> int:
    return (datetime.fromisoformat(instant) - MORNING) // timedelta(minutes=15)
