"""The polls that rankings are measured on, the same in every run.

Fourteen days with slots from 9 to 18 o'clock UTC; every person has one interval of one to four
hours in each of them. Instants are microseconds since an epoch at the first midnight.
"""

from dataclasses import dataclass
from random import Random
from uuid import UUID

from recommender.ranking.index import Person, PollIndex
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED, pack
from recommender.ranking.times import DAY, MINUTE, PollTimes, WallClock

DAYS = 14
HOUR = 60 * MINUTE
SEED = 1

TIMES = PollTimes(
    window=(0, DAYS * DAY),
    slots=tuple((day * DAY + 9 * HOUR, day * DAY + 18 * HOUR) for day in range(DAYS)),
    duration=HOUR,
    step=15 * MINUTE,
    clock=WallClock(),
)


@dataclass(frozen=True, slots=True)
class Someone:
    """`intervals` are (start, end, level), one a day, in order."""

    id: str
    weight: int
    intervals: list[tuple[int, int, int]]

    @property
    def person(self) -> Person:
        return Person(self.id, self.weight, pack(self.intervals))


def crowd(people: int, grid: int, *, weighted: bool = False, seed: int = SEED) -> list[Someone]:
    """Starts and lengths are on a grid of so many minutes; the levels are mixed."""
    random = Random(seed)
    return [
        Someone(
            str(UUID(int=random.getrandbits(128), version=4)),
            random.randint(1, 100) if weighted else 1,
            schedule(random, grid),
        )
        for _ in range(people)
    ]


def schedule(random: Random, grid: int) -> list[tuple[int, int, int]]:
    """One interval within each day's slot."""
    intervals: list[tuple[int, int, int]] = []
    for slot_start, slot_end in TIMES.slots:
        length = random.randrange(60, 241, grid) * MINUTE
        start = slot_start + random.randrange(0, slot_end - slot_start - length + 1, grid * MINUTE)
        level = random.choice((IF_NEEDED, AVAILABLE, AVAILABLE, PREFERRED))
        intervals.append((start, start + length, level))
    return intervals


def index_of(people: list[Someone], times: PollTimes = TIMES) -> PollIndex:
    return PollIndex(times, [someone.person for someone in people])


def touching_people() -> PollIndex:
    """10,000 people, each there for one meeting just before the next one is."""
    return PollIndex(
        _around_the_clock(2 * MINUTE),
        [Person(f"{n:05}", 1, pack([_nth(n, 2 * MINUTE)])) for n in range(10_000)],
    )


def touching_intervals() -> PollIndex:
    """Five people with 2,000 intervals each, all touching, every other one preferred."""
    length = 10 * MINUTE
    intervals = [_nth(n, length, (AVAILABLE, PREFERRED)[n % 2]) for n in range(2_000)]
    people = [Person(f"{n}", 1, pack(intervals)) for n in range(5)]
    return PollIndex(_around_the_clock(length), people)


def leaving_one_by_one() -> PollIndex:
    """10,000 people who come at once and leave second by second: hardly a run offers a start."""
    second = MINUTE // 60
    return PollIndex(
        _around_the_clock(HOUR),
        [
            Person(f"{n:05}", 1, pack([(0, 2 * HOUR + n * second, AVAILABLE)]))
            for n in range(10_000)
        ],
    )


def _around_the_clock(duration: int) -> PollTimes:
    window = (0, DAYS * DAY)
    return PollTimes(window, (window,), duration, 15 * MINUTE, WallClock())


def _nth(n: int, length: int, level: int = AVAILABLE) -> tuple[int, int, int]:
    return n * length, (n + 1) * length, level
