"""What an index weighs in memory, beside a resident `IntervalTree` of the same intervals."""

import gc
import tracemalloc
from collections.abc import Callable

from intervaltree import Interval, IntervalTree

from benchmarks.polls import DAYS, crowd, index_of
from benchmarks.report import Row
from recommender.ranking.index import PollIndex
from recommender.ranking.rank import rank

PEOPLE = 1_000
INTERVALS = PEOPLE * DAYS


def in_memory() -> list[Row]:
    """Bytes an interval of 1,000 people, as `tracemalloc` counts them, ids and all."""
    index, tree = held(ready_index) / INTERVALS, held(resident_tree) / INTERVALS
    counted = ready_index().nbytes / INTERVALS
    return [
        Row("memory of the index", "B/interval", index, target=80, better="lower"),
        Row("... beside a resident IntervalTree", "B/interval", index, tree),
        Row("... as the bounded cache counts it", "B/interval", counted),
    ]


def ready_index() -> PollIndex:
    """As it is after its first answer."""
    index = index_of(crowd(PEOPLE, 15))
    rank(index)
    return index


def resident_tree() -> IntervalTree:
    return IntervalTree(
        Interval(start, end, someone.id)
        for someone in crowd(PEOPLE, 15)
        for start, end, _ in someone.intervals
    )


def held(make: Callable[[], object]) -> int:
    """How many bytes its result holds."""
    make()  # modules keep something at their first use
    gc.collect()
    tracemalloc.start()
    try:
        result = make()
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return size
