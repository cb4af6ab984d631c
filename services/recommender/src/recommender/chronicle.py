"""The facts of a poll as they are stored here, in the order in which they were decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from chassis.named_sql import load
from contracts.known_poll import KnownPoll
from contracts.schedules import (
    ParticipantErased,
    ParticipantJoined,
    ParticipantRevised,
    ScheduleSubmitted,
    ScheduleWithdrawn,
)
from inbox.outcomes import Behind
from recommender.known_polls import Poll
from recommender.past import Moment, read_people, read_poll
from recommender.people import person_of
from recommender.ranking.index import Person
from recommender.service import Service

_SQL = load("recommender", "past.sql")
_TYPES = {
    "joined": ParticipantJoined.TYPE,
    "revised": ParticipantRevised.TYPE,
    "erased": ParticipantErased.TYPE,
    "submitted": ScheduleSubmitted.TYPE,
    "withdrawn": ScheduleWithdrawn.TYPE,
}


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact and the poll, or the person, that it left; `left` is None where a person went.

    `at` is when its owner stored it. Facts of people who were erased since are not there, except
    that they were.
    """

    at: datetime
    label: Literal["polls", "schedules"]
    sequence: int
    type: str
    left: Poll | Person | None
    participant: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A poll and its people at a moment, and the facts that follow, by time.

    Before the first fact it is the poll as it opens.
    """

    moment: Moment
    poll: Poll
    people: Sequence[Person]
    facts: Sequence[StoredFact]


async def read(
    service: Service, poll_id: UUID, after: Moment | None, limit: int, known: Moment
) -> Chapter:
    """The chapter after a moment, or the first one, of at most `limit` facts.

    Raises `Behind` unless everything up to `known` is here.
    """
    begin = after or Moment(0, 0)
    async with service.pool.connection() as conn, conn.transaction():
        # What is read belongs together, whatever is taken in meanwhile.
        await conn.execute("set transaction isolation level repeatable read")
        sought = {"poll": poll_id, "limit": limit}
        here = await (await conn.execute(_SQL["are_here"], sought | known._asdict())).fetchone()
        if here != (True,):
            raise Behind("the facts are not all here")
        poll = await read_poll(conn, poll_id, max(begin.polls, 1))
        people = await read_people(conn, poll_id, begin.schedules)
        async with conn.cursor(binary=True) as cursor:
            await cursor.execute(_SQL["poll_facts"], sought | {"after": begin.polls})
            of_poll = [_of_poll(row) for row in await cursor.fetchall()]
            await cursor.execute(_SQL["schedule_facts"], sought | {"after": begin.schedules})
            of_people = [_of_person(row) for row in await cursor.fetchall()]
    return Chapter(begin, poll, people, _by_time(of_poll, of_people)[:limit])


def _of_poll(row: Sequence[Any]) -> StoredFact:
    sequence, at, type_, document = row
    poll = Poll(KnownPoll.model_validate(document), sequence)
    return StoredFact(at.astimezone(UTC), "polls", sequence, type_, poll)


def _of_person(row: Sequence[Any]) -> StoredFact:
    sequence, at, kind, gone, *person = row
    left = None if gone else person_of(person)
    return StoredFact(at.astimezone(UTC), "schedules", sequence, _TYPES[kind], left, person[0])


def _by_time(of_poll: list[StoredFact], of_people: list[StoredFact]) -> list[StoredFact]:
    """A poll opens first, whatever the clocks of its people's service say."""
    opening = [fact for fact in of_poll if fact.sequence == 1]
    others = of_poll[len(opening) :] + of_people
    return opening + sorted(others, key=lambda fact: (fact.at, fact.label, fact.sequence))
