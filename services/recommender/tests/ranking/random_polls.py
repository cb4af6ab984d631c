"""Random polls, small and full of coincidences, and how to put one to the product."""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ranking_oracle import OraclePerson, OraclePoll

from recommender.ranking.attendance import missing
from recommender.ranking.index import Person, PollIndex
from recommender.ranking.rank import rank
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
    limit: int
    distinct: bool


def tiny_poll(seed: int) -> RandomPoll:
    """Every microsecond counts: some dozens of them, with steps and offsets of a few."""
    rng = random.Random(seed)
    return _tiny_poll(rng, people=rng.randrange(7))


def crowded_poll(seed: int) -> RandomPoll:
    """The same with so many people that hundreds of changes crowd between two starts."""
    rng = random.Random(seed)
    return _tiny_poll(rng, people=rng.randrange(80, 200))


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
    return _random_poll(rng, times, lambda t: zone_offset(zone, t), people, unit=quarter)


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
    return Person(person.id, person.weight, schedule)


def ranked(index: PollIndex, limit: int, distinct: bool) -> list[dict[str, Any]]:
    """The product's recommendations in the oracle's words."""
    found = rank(index, limit=limit, distinct=distinct).recommendations
    answers = [asdict(each) for each in found]
    for answer, lacking in zip(answers, missing(index, found), strict=True):
        del answer["reasons"], answer["unmet"]
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
    return RandomPoll(times, oracle, people, rng.choice((1, 3, 10, 100)), rng.random() < 0.6)


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
