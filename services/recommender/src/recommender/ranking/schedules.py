"""One person's schedule: its normal form, and the packed bytes that are stored and indexed.

A schedule is a set of half-open intervals `[start, end)` in integer microseconds UTC, each with a
level. Its normal form is sorted and disjoint, and neighbours of one level that touch are joined.
The packed form is always normal, so whoever reads it need not check.
"""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import NamedTuple

import numpy as np
from intervaltree import IntervalTree
from numpy.typing import NDArray

from recommender.ranking.times import FOREVER

IF_NEEDED, AVAILABLE, PREFERRED = 1, 2, 3

RECORD = np.dtype([("level", "u1"), ("start", "<i8"), ("end", "<i8")])
"""One packed interval: 17 bytes, little-endian, unaligned."""
_record = Struct("<Bqq").pack  # the same; for a few intervals far quicker than an array


class Interval(NamedTuple):
    """`[start, end)` in microseconds UTC, at level 3 preferred, 2 available or 1 if needed."""

    start: int
    end: int
    level: int = AVAILABLE


def pack(intervals: Iterable[tuple[int, int, int]]) -> bytes:
    """Packs intervals given in any order, overlapping or not; where they overlap the higher wins.

    Raises ValueError when an interval is empty or its level is none of the three.
    """
    given = list(intervals)
    normal = given if _is_normal(given) else normalised([Interval(*each) for each in given])
    return b"".join([_record(level, start, end) for start, end, level in normal])


def unpack(packed: bytes) -> list[Interval]:
    """The intervals of a packed schedule, in order of time."""
    rows = records(packed)
    return list(map(Interval, rows["start"].tolist(), rows["end"].tolist(), rows["level"].tolist()))


def records(packed: bytes) -> NDArray[np.void]:
    """The same as a structured array of `RECORD`, a view that copies nothing."""
    return np.frombuffer(packed, RECORD)


def normalised(intervals: Sequence[Interval]) -> Sequence[Interval]:
    """The schedule's normal form; see `pack`."""
    if _is_normal(intervals):
        return intervals
    placed: list[Interval] = []
    for level in (PREFERRED, AVAILABLE, IF_NEEDED):
        tree = IntervalTree.from_tuples((i.start, i.end) for i in intervals if i.level == level)
        tree.merge_overlaps(strict=False)
        for higher in placed:
            tree.chop(higher.start, higher.end)
        placed += [Interval(piece.begin, piece.end, level) for piece in tree]
    return sorted(placed)


def _is_normal(intervals: Iterable[tuple[int, int, int]]) -> bool:
    """Raises ValueError as `pack` does. A plain loop: every schedule on its way in passes here."""
    normal, last_end, last_level = True, -FOREVER, 0
    for start, end, level in intervals:
        if start >= end or not IF_NEEDED <= level <= PREFERRED:
            raise ValueError("an interval ends after it starts and has a level from 1 to 3")
        if start < last_end or (start == last_end and level == last_level):
            normal = False
        last_end, last_level = end, level
    return normal
