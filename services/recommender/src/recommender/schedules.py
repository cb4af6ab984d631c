"""One person's schedule: its normal form, and the packed bytes that are stored and indexed.

A schedule is a set of half-open intervals `[start, end)` in integer microseconds UTC, each with a
level. Its normal form is sorted and disjoint, and neighbours of one level that touch are joined.
The packed form is always normal, so whoever reads it need not check.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from intervaltree import IntervalTree
from numpy.typing import NDArray

IF_NEEDED, AVAILABLE, PREFERRED = 1, 2, 3

RECORD = np.dtype([("level", "u1"), ("start", "<i8"), ("end", "<i8")])
"""One packed interval: 17 bytes, little-endian, unaligned."""


class Interval(NamedTuple):
    """`[start, end)` in microseconds UTC, at level 3 preferred, 2 available or 1 if needed."""

    start: int
    end: int
    level: int = AVAILABLE


def pack(intervals: Iterable[tuple[int, int, int]]) -> bytes:
    """Packs intervals given in any order, overlapping or not; where they overlap the higher wins.

    Raises ValueError when an interval is empty or its level is none of the three.
    """
    normal = normalised([Interval(*each) for each in intervals])
    return np.array([(i.level, i.start, i.end) for i in normal], RECORD).tobytes()


def unpack(packed: bytes) -> list[Interval]:
    """The intervals of a packed schedule, in order of time."""
    rows = records(packed)
    return list(map(Interval, rows["start"].tolist(), rows["end"].tolist(), rows["level"].tolist()))


def records(packed: bytes) -> NDArray[np.void]:
    """The same as a structured array of `RECORD`, a view that copies nothing."""
    return np.frombuffer(packed, RECORD)


def normalised(intervals: Sequence[Interval]) -> Sequence[Interval]:
    """The schedule's normal form; see `pack`."""
    if any(i.start >= i.end or not IF_NEEDED <= i.level <= PREFERRED for i in intervals):
        raise ValueError("an interval ends after it starts and has a level from 1 to 3")
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


def _is_normal(intervals: Sequence[Interval]) -> bool:
    return all(
        a.end < b.start or (a.end == b.start and a.level != b.level) for a, b in pairwise(intervals)
    )
