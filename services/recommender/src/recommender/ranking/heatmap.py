"""How many people are free in each cell of a poll's slots, and how many could start there.

Both are counted because they differ: a cell in which everybody is free is no place for a meeting
that is longer than the cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.index import PollIndex
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED
from recommender.ranking.starts import Instants, Rows, stretches
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import PollTimes

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Half-open `[start, end)`, in order: those of one slot follow one another from its start.

    The last of a slot is cut at the slot's end; `per_slot` says how many each slot has.
    """

    start: Instants
    end: Instants
    per_slot: Counts


@dataclass(frozen=True, slots=True)
class Heatmap:
    """People, counted for each cell.

    `free` are those free for the whole cell at any level, `preferred` those of them who prefer the
    whole cell, `if_needed` those who come to a part of it only if needed. `starts` are those who
    could come to a meeting that starts with the cell, for the whole of it and its buffers.
    """

    cells: Cells
    free: Counts
    if_needed: Counts
    preferred: Counts
    starts: Counts


def count_cells(times: PollTimes, length: int) -> int:
    """How many cells of `length` microseconds the slots have."""
    return int(_per_slot(times, length).sum())


def heatmap(index: PollIndex, length: int, counted: NDArray[np.bool_]) -> Heatmap:
    """Counts those who are `counted`, by number in the index, in cells of `length` microseconds."""
    cells = _cells(index.times, length)
    free = index.free()
    at_least = {
        level: _free_throughout(cells, free, level, counted)
        for level in (IF_NEEDED, AVAILABLE, PREFERRED)
    }
    return Heatmap(
        cells,
        free=at_least[IF_NEEDED],
        if_needed=at_least[IF_NEEDED] - at_least[AVAILABLE],
        preferred=at_least[PREFERRED],
        starts=_able_to_start(index, cells, counted),
    )


def _per_slot(times: PollTimes, length: int) -> Counts:
    return -((times.slot_starts - times.slot_ends) // length)


def _cells(times: PollTimes, length: int) -> Cells:
    per_slot = _per_slot(times, length)
    slot = np.repeat(np.arange(len(per_slot)), per_slot)
    number = np.arange(len(slot)) - np.repeat(np.cumsum(per_slot) - per_slot, per_slot)
    start = times.slot_starts[slot] + number * length
    return Cells(start, np.minimum(start + length, times.slot_ends[slot]), per_slot)


def _free_throughout(cells: Cells, free: Rows, level: int, counted: NDArray[np.bool_]) -> Counts:
    """A stretch covers the cells that begin and end within it: one run of them, or none."""
    checkpoint()
    stretch = stretches(free, level)
    ours = counted[stretch.owner]
    first = cells.start.searchsorted(stretch.start[ours], "left")
    beyond = cells.end.searchsorted(stretch.end[ours], "right")
    whole = first < beyond
    size = len(cells.start) + 1
    entered = np.bincount(first[whole], minlength=size)
    left = np.bincount(beyond[whole], minlength=size)
    return np.cumsum(entered - left)[:-1]


def _able_to_start(index: PollIndex, cells: Cells, counted: NDArray[np.bool_]) -> Counts:
    checkpoint()
    changes = index.changes
    can, could = (changes.code & 3) > 0, (changes.code >> 2) > 0
    step = np.where(counted[changes.owner], can.astype(np.int8) - could, 0)
    able = np.append(0, np.cumsum(step, dtype=np.int64))
    return able[changes.time.searchsorted(cells.start, "right")]
