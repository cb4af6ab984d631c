"""How long the ranking takes and what its index weighs, beside what one writes with `intervaltree`.

A ranking is `rank` on an index at hand, down to the lists of ids; `as served` adds what those lack
who cannot come, and the bytes of the JSON. The baseline answers with the ids of ten stretches.
Both sides alternate in one process.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import cycle
from multiprocessing import get_context
from random import Random
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks import polls, storage, weights
from benchmarks.intervaltree_baseline import rank_with_intervaltree
from benchmarks.polls import Someone, crowd, index_of
from benchmarks.report import Row, report
from recommender.answering import Query, answered
from recommender.ranking.explained_start import explained_start
from recommender.ranking.heatmap import heatmap
from recommender.ranking.index import PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.rules import NO_RULES
from recommender.ranking.schedules import pack

TARGETS = {50: 0.7, 200: 1, 1_000: 2, 10_000: 12}
"""Milliseconds of a ranking, by people."""
BESIDE = ((50, 15, 5, 250), (50, 1, 3, 1_000), (200, 15, 3, 1_500), (1_000, 15, 2, 8_000))
"""People, minutes of the grid, repetitions of the baseline, and how many times as fast we are."""
CUT_OFF = 20
"""Seconds after which the baseline is given up at 10,000 people."""
ADVERSARIAL = 15
"""Milliseconds."""


def milliseconds(work: Callable[[], object], times: int = 50) -> list[float]:
    taken: list[float] = []
    for _ in range(times):
        began = perf_counter()
        work()
        taken.append((perf_counter() - began) * 1_000)
    return taken


def beside_the_baseline(people: int, grid: int, repetitions: int, faster: float) -> Row:
    """Answers per second, each from the median; ours runs before and after each of theirs."""
    someones = crowd(people, grid)
    index, schedules = index_of(someones), plain(someones)
    rank(index)
    ours = milliseconds(lambda: rank(index))
    theirs: list[float] = []
    for _ in range(repetitions):
        theirs += milliseconds(
            lambda: rank_with_intervaltree(schedules, polls.HOUR, limit=10), times=1
        )
        ours += milliseconds(lambda: rank(index))
    case = f"{people:,} people, {grid} min, {repetitions} × baseline"
    return Row(case, "rankings/s", 1_000 / median(ours), 1_000 / median(theirs), faster)


def beside_the_unfinished() -> Row:
    """The baseline at 10,000 people; one that is cut off is taken to have ended just then."""
    someones = crowd(10_000, 15)
    index = index_of(someones)
    rank(index)
    ours = median(milliseconds(lambda: rank(index)))
    work = get_context("fork").Process(
        target=rank_with_intervaltree, args=(plain(someones), polls.HOUR, 10)
    )
    began = perf_counter()
    work.start()
    work.join(CUT_OFF)
    took, unfinished = perf_counter() - began, work.is_alive()
    work.kill()
    work.join()
    case = f"10,000 people, 15 min, baseline {'cut off' if unfinished else 'done'} at {took:.0f} s"
    return Row(case, "rankings/s", 1_000 / ours, 1 / took)


def plain(someones: Sequence[Someone]) -> list[tuple[str, list[tuple[int, int]]]]:
    """As the baseline takes them: without levels."""
    return [
        (someone.id, [(start, end) for start, end, _ in someone.intervals]) for someone in someones
    ]


def rankings() -> list[Row]:
    rows: list[Row] = []
    for people, target in TARGETS.items():
        for grid in (15, 1):
            index = index_of(crowd(people, grid))
            case = f"{people:,} people, {grid} min"
            rows.append(time_of(f"{case}: ranking", lambda i=index: rank(i), target))
            rows.append(time_of(f"{case}: as served", lambda i=index: served(i, Query())))
    return rows


def served(index: PollIndex, query: Query) -> bytes:
    """The bytes of an answer, without names."""
    return answered(index, NO_RULES, query, poll_id="poll", as_of={}, names={})


def time_of(
    case: str, work: Callable[[], object], at_most: float | None = None, times: int = 50
) -> Row:
    work()
    return Row(case, "ms", median(milliseconds(work, times)), target=at_most, better="lower")


def one_schedule_changed(*, weighted: bool) -> Row:
    """Somebody submits again and again, of 1,000 people."""
    someones = crowd(1_000, 15, weighted=weighted)
    index, random = index_of(someones), Random(polls.SEED)
    changed = cycle(
        someone.person._replace(schedule=pack(polls.schedule(random, 15)))
        for someone in random.sample(someones, 100)
    )
    case = f"1,000 people{', weighted' if weighted else ''}: one schedule changed"
    return time_of(case, lambda: index.put(next(changed)), at_most=0.3)


def other_durations() -> list[Row]:
    """Half an hour longer than the poll's own: computed from the intervals."""

    def row(people: int) -> Row:
        index = index_of(crowd(people, 15))
        case = f"{people:,} people: another duration"
        return time_of(case, lambda: rank(index.lasting(polls.HOUR * 3 // 2)), times=20)

    return [row(people) for people in (200, 1_000, 10_000)]


def changes(*, weighted: bool) -> Row:
    """What keeps the third best start back, and the smallest changes that would help it."""
    index = index_of(crowd(1_000, 15, weighted=weighted))
    start = rank(index).recommendations[2].start
    case = f"1,000 people{', weighted' if weighted else ''}: changes of a start"
    return time_of(case, lambda: explained_start(index, NO_RULES, start), at_most=5)


def heatmaps() -> list[Row]:
    """In cells of a quarter of an hour, before they are rendered."""

    def row(people: int) -> Row:
        index = index_of(crowd(people, 15))
        everybody = np.ones(people, np.bool_)
        case = f"{people:,} people: heatmap"
        return time_of(case, lambda: heatmap(index, polls.TIMES.step, everybody))

    return [row(people) for people in (200, 1_000)]


def adversarial() -> list[Row]:
    cases = {
        "10,000 people, one touching interval each": polls.touching_people(),
        "5 people, 2,000 touching intervals each": polls.touching_intervals(),
        "10,000 runs without a start": polls.leaving_one_by_one(),
    }
    return [time_of(case, lambda i=i: rank(i), ADVERSARIAL) for case, i in cases.items()]


def main() -> bool:
    return report(
        "recommender",
        [
            *(beside_the_baseline(*case) for case in BESIDE),
            beside_the_unfinished(),
            *rankings(),
            one_schedule_changed(weighted=False),
            one_schedule_changed(weighted=True),
            *other_durations(),
            changes(weighted=False),
            changes(weighted=True),
            *heatmaps(),
            *adversarial(),
            *weights.in_memory(),
            *storage.rows(),
        ],
    )


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
