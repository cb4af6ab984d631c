"""A poll and its people as they were: the answers of any time, rebuilt from what is stored.

Whoever was erased is in no rebuilt answer, also of a time before.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from chassis.named_sql import load
from chassis.problems import FieldError, Problem, invalid
from contracts.known_poll import KnownPoll
from inbox.outcomes import Behind, NotYet
from inbox.sources import Connection
from recommender.indexes import HEAVY_LOAD
from recommender.known_polls import Poll
from recommender.people import people_in
from recommender.ranking.index import Person, PollIndex
from recommender.service import Service
from recommender.work import off_the_loop_if

_SQL = load("recommender", "past.sql")
_SEQUENCES = re.compile(r"(?:(polls|schedules):(\d{1,18}))(?:,(?!\1)(polls|schedules):(\d{1,18}))?")
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE
)
_ON_THE_WAY = timedelta(minutes=1)
"""Facts that are older have arrived, or their owner would have been asked for them since."""


class Moment(NamedTuple):
    """A time as the last sequences of the facts that were stored by then."""

    polls: int
    schedules: int


async def as_of(service: Service, poll: Poll, text: str) -> Moment:
    """The moment that `text` names: sequences, of which what is left out is as now, or an instant.

    Raises the problem `invalid` for `?as_of`, and `Behind` while nobody can tell what was there.
    """
    poll_id = poll.known.poll_id
    if named := sequences_in(text):
        try:
            await have_happened(service, poll_id, named)
        except NotYet as error:
            raise _refused("in_the_future", f"is ahead of what has happened: {error}") from None
        seen = named.get("schedules")
        if seen is None:
            seen = await service.inbox.seen("schedules", str(poll_id))
        moment = Moment(named.get("polls", poll.sequence), seen)
    else:
        moment = await _at_instant(service, poll_id, _instant(text))
    if moment.polls == 0:
        raise _refused("before_the_poll", "is a time before the poll was opened")
    return moment


def sequences_in(text: str) -> dict[str, int] | None:
    """By label, as in `polls:2,schedules:17`; None for any other text."""
    found = _SEQUENCES.fullmatch(text)
    if found is None:
        return None
    first, one, second, another = found.groups()
    return {first: int(one)} if second is None else {first: int(one), second: int(another)}


async def have_happened(service: Service, poll_id: UUID, named: Mapping[str, int]) -> None:
    """Take in what has. Raises `NotYet` for the future, `Behind` while nobody can tell."""
    for label, sequence in named.items():
        try:
            await service.inbox.at_least(label, str(poll_id), sequence)
        except NotYet:
            raise NotYet(f"{label} have not come to {sequence}") from None


async def poll_at(service: Service, poll_id: UUID, polls: int) -> Poll:
    """The poll as of a sequence of its facts. Raises `Behind` while they are not all here."""
    async with service.pool.connection() as conn:
        return await read_poll(conn, poll_id, polls)


async def index_at(service: Service, poll: Poll, schedules: int) -> PollIndex:
    """The people as of a sequence of the `schedules` facts, under the times of `poll`.

    Raises `Behind` while the facts are not all here.
    """
    async with service.pool.connection() as conn:
        people = await read_people(conn, poll.known.poll_id, schedules)
    return await indexed(poll, people)


async def indexed(poll: Poll, people: Sequence[Person]) -> PollIndex:
    packed = sum(len(person.schedule or b"") for person in people)
    return await off_the_loop_if(packed > HEAVY_LOAD, lambda: PollIndex(poll.times, people))


async def read_poll(conn: Connection, poll_id: UUID, polls: int) -> Poll:
    parameters = {"poll": poll_id, "sequence": polls}
    row = await (await conn.execute(_SQL["poll_at"], parameters, prepare=True)).fetchone()
    if row is None:
        raise Behind(f"the facts of polls up to {polls} are not all here")
    return Poll(KnownPoll.model_validate(row[0]), polls)


async def read_people(conn: Connection, poll_id: UUID, schedules: int) -> list[Person]:
    async with conn.cursor(binary=True) as cursor:
        parameters = {"poll": poll_id, "sequence": schedules}
        await cursor.execute(_SQL["people_at"], parameters, prepare=True)
        rows = await cursor.fetchall()
    if not rows:
        raise Behind(f"the facts of schedules up to {schedules} are not all here")
    people = people_in([row for row in rows if row[0] is not None])
    return [person for person in people.values() if person is not None]


async def _at_instant(service: Service, poll_id: UUID, instant: datetime) -> Moment:
    age = datetime.now(UTC) - instant
    if age < timedelta(0):
        raise _refused("in_the_future", "is an instant in the future")
    if age < _ON_THE_WAY:
        for label in ("polls", "schedules"):
            await service.inbox.all_of(label, str(poll_id))
    parameters = {"poll": poll_id, "instant": instant}
    async with service.pool.connection() as conn:
        row = await (await conn.execute(_SQL["sequences_at"], parameters)).fetchone()
    assert row is not None
    return Moment(*row)


def _instant(text: str) -> datetime:
    if _INSTANT.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text.upper())
    raise _refused(
        "malformed",
        "is neither sequences, as in polls:2,schedules:17, nor an instant with its offset, as in "
        "2026-12-01T09:00:00Z (a plus sign is written %2B in a URL)",
    )


def _refused(code: str, detail: str) -> Problem:
    return invalid(FieldError("?as_of", code, detail))
