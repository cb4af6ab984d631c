"""Maximal stretches of starts with the same people at the same levels, and what they offer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.score import BASE, SOMEBODY
from recommender.ranking.starts import Changes, Instants
from recommender.ranking.times import PollTimes


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of starts `[first, until)` in order of time.

    `last` is the position of the last change before each, `entered` says whether anybody's level
    rises at its beginning. A run that is out of the question has a `score` of -1: choosing writes
    it there.
    """

    first: Instants
    until: Instants
    last: NDArray[np.intp]
    entered: NDArray[np.bool_]
    score: Instants

    def first_offer(self, times: PollTimes, run: int, since: int) -> int | None:
        """The first start that a run offers, from `since` on.

        A run without a start on the step offers its first instant, if somebody's level rises there.
        """
        begin, last = int(self.first[run]), int(self.until[run]) - 1
        first = max(begin, since)
        on_step = times.first_offered(first, last)
        if on_step is not None:
            return on_step
        return begin if self.entered[run] and first == begin else None


def runs_of(times: PollTimes, changes: Changes) -> Runs:
    time, code = changes.time, changes.code
    last = (time[1:] != time[:-1]).nonzero()[0]
    first, until = time[last], time[last + 1]
    rises = np.cumsum((code & 3) > (code >> 2), dtype=np.int32)[last]
    entered = np.ones(len(rises), np.bool_)  # before the first one nobody was there
    np.greater(rises[1:], rises[:-1], out=entered[1:])
    score = np.cumsum(changes.delta)[last] + BASE
    score[score < SOMEBODY] = -1
    # a run without an offered start would be met one by one by whoever chooses, and there may be
    # thousands
    left = (~entered).nonzero()[0]
    score[left[times.clock.surely_off_step(times.step, first[left], until[left])]] = -1
    return Runs(first, until, last, entered, score)
