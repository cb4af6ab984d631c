"""How much time each person lacks at each of many starts, and which.

A person lacks at a start what a meeting there needs, buffers included, and they have not marked at
any level. Whoever lacks nothing can come.
"""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.starts import Instants, Rows
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import PollTimes, Span, uncovered

_TOGETHER = 32
"""So many starts at once: neighbours need the same intervals, and few of a long poll's."""


class Gaps:
    """`free` are everybody's intervals, in order of owner; owners are numbered below `people`.

    Every start asked about must be one at which the meeting lies in a slot.
    """

    def __init__(self, times: PollTimes, people: int, free: Rows) -> None:
        self._times = times
        self._people = people
        self._free = free

    def missing(self, starts: Sequence[int]) -> Instants:
        """Microseconds that each person lacks at each start: people in rows, starts in columns."""
        return self.missing_in([self._times.needed(start) for start in starts])

    def missing_in(self, needed: Sequence[list[Span]]) -> Instants:
        """The same of any time, a column for each list of disjoint spans in order."""
        lacking = np.zeros((self._people, len(needed)), np.int64)
        for since in range(0, len(needed), _TOGETHER):
            checkpoint()
            part = slice(since, since + _TOGETHER)
            lacking[:, part] = self._missing([spans or [(0, 0)] for spans in needed[part]])
        return lacking

    def _missing(self, needed: Sequence[list[Span]]) -> Instants:
        first = list(accumulate(map(len, needed), initial=0))[:-1]
        spans = np.array([span for each in needed for span in each], np.int64)
        lengths = np.add.reduceat(spans[:, 1] - spans[:, 0], first)
        lacking = np.tile(lengths, (self._people, 1))
        touching = self._touching(int(spans[:, 0].min()), int(spans[:, 1].max()))
        if len(touching):
            owner = self._free.owner[touching]
            held = np.minimum(self._free.end[touching, None], spans[:, 1])
            held -= np.maximum(self._free.start[touching, None], spans[:, 0])
            np.maximum(held, 0, out=held)
            own = np.flatnonzero(np.diff(owner, prepend=-1))
            lacking[owner[own]] -= np.add.reduceat(np.add.reduceat(held, own), first, axis=1)
        return lacking

    def lacked(self, start: int, people: Sequence[int]) -> dict[int, list[Span]]:
        """The time that each of these people lacks at a start."""
        needed = self._times.needed(start)
        touching = self._touching(needed[0][0], needed[-1][1])
        owner = self._free.owner[touching]
        chosen = np.isin(owner, people)
        touching, owner = touching[chosen], owner[chosen]
        held: dict[int, list[Span]] = {person: [] for person in people}
        columns = (owner, self._free.start[touching], self._free.end[touching])
        for person, *span in zip(*(column.tolist() for column in columns), strict=True):
            held[person].append((span[0], span[1]))
        return {person: uncovered(needed, own) if own else needed for person, own in held.items()}

    def _touching(self, since: int, until: int) -> NDArray[np.intp]:
        return np.flatnonzero((self._free.start < until) & (self._free.end > since))
