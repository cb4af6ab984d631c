"""Random polls, small and full of coincidences, and how to put one to the product."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ranking_oracle import OracleDemand, OraclePerson, OraclePoll

from recommender.ranking.attendance import missing
from recommender.ranking.index import Person, PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import Ranking
from recommender.ranking.rules import GroupRule, Rules
from recommender.ranking.schedules import pack
from recommender.ranking.times import MINUTE, PollTimes, WallClock

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
DAYS = ((2026, 3, 28), (2026, 10, 24), (2026, 3, 7), (2026, 10, 31), (2026, 4, 4), (2026, 10, 3))


@dataclass(frozen=True)
class RandomPoll:
    """A poll as the product and as the oracle see it."""

    times: PollTimes
    oracle: OraclePoll
    people: list[OraclePerson]
    demand: OracleDemand


def tiny_poll(seed: int) -> RandomPoll:
    """Every microsecond counts: some dozens of them, with steps and offsets of a few."""
    rng = random.Random(seed)
    return _tiny_poll(rng, people=rng.randrange(7))


def demanding_poll(seed: int) -> RandomPoll:
    """The same with required people, groups, rules, and people to be ignored."""
    rng = random.Random(seed)
    return _demanding(rng, _tiny_poll(rng, people=rng.randrange(1, 8)))


def crowded_poll(seed: int) -> RandomPoll:
    """So many people that hundreds of changes crowd between two starts; every other has rules."""
    rng = random.Random(seed)
    poll = _tiny_poll(rng, people=rng.randrange(80, 200))
    return _demanding(rng, poll) if seed % 2 else poll


def _demanding(rng: random.Random, poll: RandomPoll) -> RandomPoll:
    people = [
        replace(
            person,
            required=rng.random() < 0.5 / len(poll.people),
            groups=tuple(name for name in ("east", "west") if rng.random() < 0.4),
        )
        for person in poll.people
    ]
    most = len(people)
    demand = replace(
        poll.demand,
        include_unmet=rng.random() < 0.5,
        slots=rng.random() < 0.4,
        ignore=frozenset(p.id for p in people if rng.random() < 0.1),
        min_available=rng.choice((0, 0, 0, 1, 2, most // 2)),
        min_percentage=rng.choice((0, 0, 0, 1, 34, 50, 67, 100)),
        groups=tuple(
            (name, rng.randrange(1, 4)) for name in ("west", "east", "none") if rng.random() < 0.3
        ),
    )
    poll = replace(poll, people=people, demand=demand)
    return _roomy(rng, poll) if demand.slots else poll


def _roomy(rng: random.Random, poll: RandomPoll) -> RandomPoll:
    """So short a meeting and so long times that many meetings can follow one another."""
    unit, (lo, hi) = poll.oracle.unit, poll.times.window
    duration = rng.choice((1, 2, 3, 4)) * unit

    def free(person: OraclePerson) -> OraclePerson:
        if person.intervals is None or rng.random() < 0.3:
            return person
        start = rng.randrange(lo, hi, unit)
        more = (start, start + rng.randrange(1, 40) * unit, rng.choice((1, 2, 3)))
        return replace(person, intervals=(*person.intervals, more))

    return replace(
        poll,
        times=replace(poll.times, duration=duration),
        oracle=replace(poll.oracle, duration=duration),
        people=[free(person) for person in poll.people],
    )


def _tiny_poll(rng: random.Random, people: int) -> RandomPoll:
    start = rng.randrange(1_000, 1_100)
    window = (start, start + rng.randrange(12, 60))
    changes = sorted(rng.sample(range(*window), rng.randrange(3)))
    clock = WallClock(tuple(rng.randrange(-9, 10) for _ in range(len(changes) + 1)), tuple(changes))
    times = PollTimes(
        window=window,
        slots=_spans(rng, window, rng.randrange(1, 5)),
        duration=rng.choice((1, 2, 3, 4, 6, 8)),
        step=rng.choice((1, 2, 3, 4, 5, 6, 8)),
        clock=clock,
        before=rng.choice((0, 0, 1, 3)),
        after=rng.choice((0, 0, 2, 5)),
    )
    return _random_poll(rng, times, lambda t: _offset_of(clock, t), people)


def clock_change_poll(seed: int) -> RandomPoll:
    """Three days around a change of the clock, in quarters of an hour."""
    rng = random.Random(seed)
    zone, quarter = rng.choice(ZONES), 15 * MINUTE
    begin = int(datetime(*rng.choice(DAYS), tzinfo=UTC).timestamp()) * 1_000_000
    window = (begin, begin + rng.randrange(100, 288) * quarter)
    times = PollTimes(
        window=window,
        slots=_spans(rng, window, rng.randrange(1, 6), quarter),
        duration=rng.choice((1, 2, 4, 6)) * quarter,
        step=rng.choice((15, 30, 60, 120, 180, 360)) * MINUTE,
        clock=WallClock.of(zone, *window),
        before=rng.choice((0, 0, 1)) * quarter,
        after=rng.choice((0, 0, 2)) * quarter,
    )
    people = rng.randrange(7)
    poll = _random_poll(rng, times, lambda t: zone_offset(zone, t), people, unit=quarter)
    return _demanding(rng, poll) if seed % 2 else poll


def zone_offset(zone: str, t: int) -> int:
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t)).astimezone(
        ZoneInfo(zone)
    )
    offset = moment.utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def index_of(times: PollTimes, people: Sequence[OraclePerson]) -> PollIndex:
    return PollIndex(times, [person_of(person) for person in people])


def person_of(person: OraclePerson) -> Person:
    schedule = None if person.intervals is None else pack(person.intervals)
    return Person(person.id, person.weight, schedule, person.required, person.groups)


def asked(index: PollIndex, demand: OracleDemand) -> tuple[PollIndex, Ranking]:
    """The product's ranking, and the index that it is of."""
    index = index.without(demand.ignore)
    groups = tuple(GroupRule(*group) for group in demand.groups)
    return index, rank(
        index,
        rules=Rules(demand.min_available, demand.min_percentage, groups),
        limit=demand.limit,
        distinct=demand.distinct,
        include_unmet=demand.include_unmet,
        format="slots" if demand.slots else "windows",
    )


def ranked(index: PollIndex, demand: OracleDemand) -> list[dict[str, Any]]:
    """The product's recommendations in the oracle's words."""
    index, ranking = asked(index, demand)
    found = ranking.recommendations
    answers = [each._asdict() | {"score": each.score._asdict()} for each in found]
    for answer, lacking in zip(answers, missing(index, found), strict=True):
        del answer["reasons"]
        answer["missing"] = list(lacking.items())
    return answers


def intervals(
    rng: random.Random, window: tuple[int, int], unit: int, lengths: Sequence[int]
) -> tuple[tuple[int, int, int], ...]:
    """Overlapping, touching, single-instant ones, some reaching out of the window."""
    result: list[tuple[int, int, int]] = []
    for _ in range(rng.randrange(7)):
        start = rng.randrange(window[0] - 4 * unit, window[1], unit)
        if result and rng.random() < 0.3:
            start = result[-1][1]
        result.append((start, start + rng.choice(lengths), rng.choice((1, 2, 2, 3))))
    return tuple(result)


def _random_poll(
    rng: random.Random,
    times: PollTimes,
    offset: Callable[[int], int],
    people_count: int,
    unit: int = 1,
) -> RandomPoll:
    duration = times.duration
    lengths = [duration, duration + unit, 2 * duration, duration + rng.randrange(1, 20) * unit]
    weights = (1,) if rng.random() < 0.6 else (1, 2, 5)
    people = [
        OraclePerson(
            f"p{n}",
            rng.choice(weights),
            None if rng.random() < 0.15 else intervals(rng, times.window, unit, lengths),
        )
        for n in rng.sample(range(200), people_count)
    ]
    oracle = OraclePoll(
        window=times.window,
        slots=times.slots,
        duration=duration,
        step=times.step,
        offset_at=offset,
        before=times.before,
        after=times.after,
        unit=unit,
    )
    demand = OracleDemand(limit=rng.choice((1, 3, 10, 100)), distinct=rng.random() < 0.6)
    return RandomPoll(times, oracle, people, demand)


def _spans(
    rng: random.Random, window: tuple[int, int], count: int, unit: int = 1
) -> tuple[tuple[int, int], ...]:
    if rng.random() < 0.3:
        return (window,)
    edges = range(window[0] - 2 * unit, window[1] + 2 * unit, unit)
    pairs = (sorted(rng.sample(edges, 2)) for _ in range(count))
    return tuple((start, end) for start, end in pairs)


def _offset_of(clock: WallClock, t: int) -> int:
    return clock.offsets[sum(change <= t for change in clock.changes)]
