"""Ranks the starts of a poll's meeting by who is free for the whole of it.

A run is a maximal stretch of starts with the same people at the same levels. Runs are compared by
their packed score, the earlier first among equals; a chosen run gives one recommendation. The order
is total, so the same people and times always give the same answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.attendance import Attendance, attendance, explained
from recommender.index import PollIndex
from recommender.recommendation import EmptyReason, Ranking
from recommender.score import BASE, SOMEBODY, weights_in
from recommender.starts import Changes, Instants
from recommender.times import PollTimes


def rank(
    index: PollIndex, *, duration: int | None = None, limit: int = 10, distinct: bool = True
) -> Ranking:
    """The best starts, at most `limit`.

    `duration` in microseconds replaces the poll's own. With `distinct` no two recommended meetings
    overlap: a run gives its first start that overlaps none before it.
    """
    index = index if duration is None else index.lasting(duration)
    chosen = list(_chosen(index, limit, distinct))
    return Ranking(
        duration=index.times.duration,
        participants=len(index),
        answered=int(np.count_nonzero(index.answered)),
        recommendations=explained(index, chosen),
        empty_reason=None if chosen else _why_empty(index),
    )


def _why_empty(index: PollIndex) -> EmptyReason:
    if not index.times.fits_a_slot:
        return "window_too_short"
    return "no_common_time" if index.answered.any() else "no_schedules"


@dataclass(frozen=True, slots=True)
class _Runs:
    """Stretches of starts `[first, until)`; `last` is the position of the last change before each.

    `score` is written while choosing: a run that is out of the question has -1.
    """

    first: Instants
    until: Instants
    last: NDArray[np.intp]
    score: Instants

    def drop(self, which: slice) -> None:
        self.score[which] = -1


def _runs(times: PollTimes, changes: Changes) -> _Runs:
    time = changes.time
    last = np.flatnonzero(time[1:] != time[:-1])
    score = np.cumsum(changes.delta)[last] + BASE
    score[score < SOMEBODY] = -1
    runs = _Runs(time[last], time[last + 1], last, score)
    # Dropping these here spares the choice below from meeting thousands of them one by one.
    better = np.flatnonzero(~_entered(changes, last))
    closed = times.clock.surely_off_step(times.step, runs.first[better], runs.until[better])
    score[better[closed]] = -1
    return runs


def _entered(changes: Changes, last: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether anybody's level rises where each run begins: if not, the instant before is better."""
    code = changes.code
    rises = np.cumsum((code & 3) > (code >> 2), dtype=np.int32)[last]
    return np.diff(rises, prepend=0) > 0


def _chosen(index: PollIndex, limit: int, distinct: bool) -> Iterator[Attendance]:
    times, changes = index.times, index.changes
    runs = _runs(times, changes)
    taken: list[int] = []
    while len(taken) < limit and len(runs.score):
        best = int(runs.score.argmax())
        score = int(runs.score[best])
        if score < 0:
            return
        runs.drop(slice(best, best + 1))
        start = _offered(times, runs, best, taken if distinct else [])
        if start is None:
            continue
        found = attendance(index, start, int(runs.last[best]), score)
        taken.append(start)
        _drop_same_people(runs, found)
        if distinct:
            _drop_overlapping(runs, start, times.duration)
        yield found
