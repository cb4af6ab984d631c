"""Time added to schedules at level `available`, and who can come then."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.index import PollIndex
from recommender.ranking.schedules import AVAILABLE
from recommender.ranking.starts import Instants, Rows, changes
from recommender.ranking.times import PollTimes, Span


class Addition(NamedTuple):
    """Time in which somebody would have to be free as well, in order."""

    participant: str
    spans: tuple[Span, ...]

    @property
    def length(self) -> int:
        """In microseconds."""
        return sum(end - start for start, end in self.spans)


def level_with(
    index: PollIndex, free: Rows, added: Mapping[int, Sequence[Span]], start: int
) -> NDArray[np.uint8]:
    """Everybody's level at a start if some were free as well in the time added, by number.

    `free` are everybody's intervals. Only of those with more is anything computed anew.
    """
    level = index.attendance_at(start)
    if not added:
        return level
    level[list(added)] = 0
    more = [(number, *span) for number, spans in added.items() for span in spans]
    own = _together(free, _near(index.times, free, list(added), start), np.array(more, np.int64))
    moved = changes(index.times, own, np.ones(len(index), np.int64))
    past = slice(0, int(moved.time.searchsorted(start, "right")))
    level[moved.owner[past]] = moved.code[past] & 3
    return level


def _near(times: PollTimes, free: Rows, people: list[int], start: int) -> NDArray[np.intp]:
    needed = times.needed(start)
    near = np.flatnonzero((free.start < needed[-1][1]) & (free.end > needed[0][0]))
    return near[np.isin(free.owner[near], people)]


def _together(free: Rows, old: NDArray[np.intp], added: Instants) -> Rows:
    owner = np.concatenate([free.owner[old], added[:, 0].astype(np.int32)])
    start = np.concatenate([free.start[old], added[:, 1]])
    end = np.concatenate([free.end[old], added[:, 2]])
    level = np.concatenate([free.level[old], np.full(len(added), AVAILABLE, np.uint8)])
    order = np.lexsort((start, owner))
    return Rows(owner[order], start[order], end[order], level[order])
