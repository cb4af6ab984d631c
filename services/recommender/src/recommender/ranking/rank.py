"""Ranks the starts of a poll's meeting by who is free for the whole of it.

A run is a maximal stretch of starts with the same people at the same levels. Runs are compared by
their packed score, the earlier first among equals; a chosen run gives one recommendation. The order
is total, so the same people and times always give the same answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.attendance import Attendance, Replay, explained
from recommender.ranking.index import PollIndex
from recommender.ranking.recommendation import EmptyReason, Format, Ranking
from recommender.ranking.rules import NO_RULES, Rules, demands_anything, kept
from recommender.ranking.score import BASE, MET, SOMEBODY
from recommender.ranking.starts import Changes, Instants
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import PollTimes


def rank(
    index: PollIndex,
    *,
    rules: Rules = NO_RULES,
    limit: int = 10,
    distinct: bool = True,
    include_unmet: bool = False,
    format: Format = "windows",
) -> Ranking:
    """The best starts, at most `limit`.

    Those that break a rule follow the others with `include_unmet` and are left out without. With
    `distinct` no two recommended meetings overlap: a run gives its first start that overlaps none
    before it. Of the format `slots` it gives the starts after that too, each when the meeting
    before is over, as recommendations of their own.
    """
    runs = _runs(index.times, index.changes)
    demanding = demands_anything(index, rules)
    most = int(runs.score.max(initial=0))
    if demanding:
        _judge(runs, kept(index, rules, runs.last), include_unmet)
    chosen = _chosen(index, runs, limit, distinct, format)
    return Ranking(
        duration=index.times.duration,
        participants=len(index),
        answered=int(np.count_nonzero(index.answered)),
        recommendations=explained(index, chosen, rules if demanding else None, most),
        empty_reason=None if chosen else _why_empty(index),
    )


def _why_empty(index: PollIndex) -> EmptyReason:
    if not index.times.fits_a_slot:
        return "window_too_short"
    if not index.answered.any():
        return "no_schedules"
    return "rules_unmet" if len(index.changes.time) else "no_common_time"


@dataclass(frozen=True, slots=True)
class _Runs:
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


def _runs(times: PollTimes, changes: Changes) -> _Runs:
    time, code = changes.time, changes.code
    last = (time[1:] != time[:-1]).nonzero()[0]
    first, until = time[last], time[last + 1]
    rises = np.cumsum((code & 3) > (code >> 2), dtype=np.int32)[last]
    entered = np.ones(len(rises), np.bool_)  # before the first one nobody was there
    np.greater(rises[1:], rises[:-1], out=entered[1:])
    score = np.cumsum(changes.delta)[last] + BASE
    score[score < SOMEBODY] = -1
    # a run without an offered start would be met one by one below, and there may be thousands
    left = (~entered).nonzero()[0]
    score[left[times.clock.surely_off_step(times.step, first[left], until[left])]] = -1
    return _Runs(first, until, last, entered, score)


def _judge(runs: _Runs, met: NDArray[np.bool_], include_unmet: bool) -> None:
    if include_unmet:
        runs.score[met & (runs.score >= 0)] += MET
    else:
        runs.score[~met] = -1


def _chosen(
    index: PollIndex, runs: _Runs, limit: int, distinct: bool, format: Format
) -> list[Attendance]:
    replay = Replay(index)
    chosen: list[Attendance] = []
    while len(chosen) < limit and len(runs.score):
        checkpoint()
        best = int(runs.score.argmax())
        score = int(runs.score[best])
        if score < 0:
            break
        runs.score[best] = -1
        taken = [each.start for each in chosen] if distinct else []
        start = _offered(index.times, runs, best, taken)
        if start is None:
            continue
        found = replay.attendance(start, int(runs.last[best]), score)
        chosen.append(found)
        _drop_same_people(runs, found)
        if format == "slots":
            last = int(runs.until[best]) - 1
            more = _following(index.times, start, last, taken, limit - len(chosen))
            chosen += [found._replace(start=later) for later in more]
        if distinct:
            for each in chosen[len(taken) :]:
                _drop_overlapping(runs, each.start, index.times.duration)
    return chosen


def _offered(times: PollTimes, runs: _Runs, run: int, taken: list[int]) -> int | None:
    """The run's first start whose meeting overlaps none at the starts already taken.

    A run without a start on the step offers its first instant, if somebody's level rises there.
    """
    first, last = int(runs.first[run]), int(runs.until[run]) - 1
    on_step = times.first_offered(first, last)
    if on_step is None and not runs.entered[run]:
        return None
    return _clear(times, first if on_step is None else on_step, last, taken)


def _following(
    times: PollTimes, start: int, last: int, taken: list[int], at_most: int
) -> list[int]:
    """The starts on the step until `last`, each when the meeting before is over and clear too."""
    found: list[int] = []
    while len(found) < at_most:
        after = times.first_offered(start + times.duration, last)
        later = None if after is None else _clear(times, after, last, taken)
        if later is None:
            break
        found.append(later)
        start = later
    return found


def _clear(times: PollTimes, start: int, last: int, taken: list[int]) -> int | None:
    """The start, or the next one on the step whose meeting overlaps none of those taken."""
    while overlapped := [other for other in taken if abs(start - other) < times.duration]:
        later = times.first_offered(max(overlapped) + times.duration, last)
        if later is None:
            return None
        start = later
    return start


def _drop_same_people(runs: _Runs, chosen: Attendance) -> None:
    """Drops the runs within the range in which all of the chosen people can come.

    All those people are there throughout. Runs with still more were ranked higher and are through
    already, so what is left here are runs of just the same people.
    """
    since = runs.first.searchsorted(chosen.first_start)
    until = runs.until.searchsorted(chosen.latest_start + 1, "right")
    runs.score[since:until] = -1


def _drop_overlapping(runs: _Runs, start: int, duration: int) -> None:
    """Drops the runs whose every start overlaps a meeting at `start`."""
    since = runs.first.searchsorted(start - duration, "right")
    until = runs.until.searchsorted(start + duration, "right")
    runs.score[since:until] = -1
