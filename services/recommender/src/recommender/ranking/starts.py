"""From schedules to starts: when the level changes at which each person can start the meeting.

A person can start at a level from `lo` to `hi`, both included, when the meeting lies in one slot
and in their time of that level or better, and the buffers around it, where they meet slots, lie in
their time of any level. A range of one instant counts: it is swept as `[lo, hi + 1)`.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.schedules import RECORD, records
from recommender.ranking.score import delta
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import FOREVER, PollTimes

Instants = NDArray[np.int64]
Owners = NDArray[np.int32]
_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Rows:
    """Intervals of many people, each person's in normal form and all of one person together."""

    owner: Owners
    start: Instants
    end: Instants
    level: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of level, in order of time.

    `code` is 4 · the old level + the new one, where 0 means that the person cannot come. `delta` is
    what the change adds to the packed score.
    """

    time: Instants
    owner: Owners
    code: NDArray[np.uint8]
    delta: Instants

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self.time.nbytes + self.owner.nbytes + self.code.nbytes + self.delta.nbytes


def rows(schedules: list[tuple[int, bytes]]) -> Rows:
    """The intervals of packed schedules, given with the number of their owner."""
    table = records(b"".join([packed for _, packed in schedules]))
    counts = [len(packed) // RECORD.itemsize for _, packed in schedules]
    owners = np.array([owner for owner, _ in schedules], np.int32)
    return Rows(
        np.repeat(owners, counts),
        table["start"].astype(np.int64),
        table["end"].astype(np.int64),
        table["level"].astype(np.uint8),
    )


def stretches(free: Rows, level: int) -> Rows:
    """The time of that level or better, each person's joined where intervals touch."""
    chosen = free.level >= level
    owner, start, end = free.owner[chosen], free.start[chosen], free.end[chosen]
    first = _first_of_stretch(owner, start, end)
    levels = np.full(len(first), level, np.uint8)
    return Rows(owner[first], start[first], _last_of_stretch(end, first), levels)


def changes(times: PollTimes, free: Rows, weights: Instants) -> Changes:
    """Everyone's changes of level over the starts of a meeting; `weights` are by owner."""
    bounds = _reach(times, free) if times.before or times.after else None
    found: list[tuple[Instants, Instants, Owners]] = []
    taken = -1
    for level in (1, 2, 3):
        checkpoint()
        at_level = np.flatnonzero(free.level >= level)
        if len(at_level) != taken:
            ranges = _legal(times, free, at_level, bounds)
            taken = len(at_level)
        else:
            ranges = found[-1]
        found.append(ranges)
    return _swept(found, weights)


def _legal(
    times: PollTimes,
    free: Rows,
    chosen: NDArray[np.intp],
    bounds: tuple[Instants, Instants] | None,
) -> tuple[Instants, Instants, Owners]:
    """Ranges of starts `[lo, hi + 1)` and their owners, from the chosen rows alone."""
    slot_starts, slot_ends = times.slot_starts, times.slot_ends
    owner, start, end = free.owner[chosen], free.start[chosen], free.end[chosen]
    first = _first_of_stretch(owner, start, end)
    start, end, owner = start[first], _last_of_stretch(end, first), owner[first]
    since = slot_ends.searchsorted(start, "right")
    slots = np.maximum(slot_starts.searchsorted(end, "left") - since, 0)
    part = np.repeat(np.arange(len(start)), slots)
    slot = np.arange(len(part)) - np.repeat(np.cumsum(slots) - slots - since, slots)
    lo = np.maximum(start[part], slot_starts[slot])
    hi = np.minimum(end[part], slot_ends[slot]) - times.duration
    if bounds is not None:
        stretch = chosen[first][part]
        lo = np.maximum(lo, bounds[0][stretch] + times.before)
        hi = np.minimum(hi, bounds[1][stretch] - times.duration - times.after)
    legal = lo <= hi
    return lo[legal], hi[legal] + 1, owner[part[legal]]


def _reach(times: PollTimes, free: Rows) -> tuple[Instants, Instants]:
    """How far around each row its owner counts as free: outside the slots everyone does."""
    after = np.append(times.slot_starts, FOREVER)[times.slot_ends.searchsorted(free.end, "right")]
    before = np.append(-FOREVER, times.slot_ends)[times.slot_starts.searchsorted(free.start)]
    start, end = np.minimum(free.start, before), np.maximum(free.end, after)
    first = _first_of_stretch(free.owner, start, end)
    stretch = np.repeat(np.arange(len(first)), np.diff(first, append=len(start)))
    return start[first][stretch], _last_of_stretch(end, first)[stretch]


def _first_of_stretch(owner: Owners, start: Instants, end: Instants) -> NDArray[np.intp]:
    """Where rows begin that neither touch nor overlap the row before them."""
    fresh = np.ones(len(owner), np.bool_)
    fresh[1:] = (owner[1:] != owner[:-1]) | (start[1:] > end[:-1])
    return np.flatnonzero(fresh)


def _last_of_stretch(end: Instants, first: NDArray[np.intp]) -> Instants:
    return end[np.append(first[1:], len(end)) - 1] if len(first) else end


def _swept(ranges: list[tuple[Instants, Instants, Owners]], weights: Instants) -> Changes:
    """Joins the ranges of the three levels: the higher lie within the lower, so levels add up."""
    time = np.concatenate([edge for lo, until, _ in ranges for edge in (lo, until)])
    owner = np.concatenate([each for *_, each in ranges for _ in range(2)])
    steps = [np.full(len(lo), sign, np.int8) for lo, *_ in ranges for sign in (1, -1)]
    by_owner = np.lexsort((time, owner))
    time, owner, step = time[by_owner], owner[by_owner], np.concatenate(steps)[by_owner]
    fresh = np.ones(len(time), np.bool_)
    fresh[1:] = (time[1:] != time[:-1]) | (owner[1:] != owner[:-1])
    first = np.flatnonzero(fresh)
    step = np.add.reduceat(step, first) if len(first) else step
    # each person ends at level 0, so one running sum serves all of them
    level = np.cumsum(step, dtype=np.int8)
    code = ((level - step) * 4 + level).astype(np.uint8)
    in_time = np.argsort(time[first], kind="stable")
    time, owner, code = time[first][in_time], owner[first][in_time], code[in_time]
    return Changes(time, owner, code, delta(code, weights[owner]))


def spliced(old: Changes, owner: int, new: Changes) -> Changes:
    """The changes of one owner replaced; all others, and the order of time, are kept."""
    keep = old.owner != owner
    at = old.time[keep].searchsorted(new.time) + np.arange(len(new.time))
    others = np.ones(np.count_nonzero(keep) + len(at), np.bool_)
    others[at] = False

    def merged(before: NDArray[_Scalar], added: NDArray[_Scalar]) -> NDArray[_Scalar]:
        result = np.empty(len(others), before.dtype)
        result[others] = before[keep]
        result[at] = added
        return result

    return Changes(
        merged(old.time, new.time),
        merged(old.owner, new.owner),
        merged(old.code, new.code),
        merged(old.delta, new.delta),
    )
