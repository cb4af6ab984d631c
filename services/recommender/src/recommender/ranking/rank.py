"""Ranks the starts of a poll's meeting by who is free for the whole of it.

A run is a maximal stretch of starts with the same people at the same levels. Runs are compared by
their packed score, the earlier first among equals; a chosen run gives one recommendation. The order
is total, so the same people and times always give the same answer.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.attendance import Attendance, Replay, explained
from recommender.ranking.index import PollIndex
from recommender.ranking.recommendation import EmptyReason, Format, Ranking
from recommender.ranking.rules import NO_RULES, Rules, demands_anything, kept
from recommender.ranking.runs import Runs, runs_of
from recommender.ranking.score import MET
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import EVER, PollTimes


def rank(
    index: PollIndex,
    *,
    rules: Rules = NO_RULES,
    limit: int = 10,
    distinct: bool = True,
    include_unmet: bool = False,
    format: Format = "windows",
    since: int = EVER,
) -> Ranking:
    """The best starts, at most `limit`, of those from `since` on.

    Those that break a rule follow the others with `include_unmet` and are left out without. With
    `distinct` no two recommended meetings overlap: a run gives its first start that overlaps none
    before it. Of the format `slots` it gives the starts after that too, each when the meeting
    before is over, as recommendations of their own.
    """
    runs = runs_of(index.times, index.changes)
    if since > EVER:
        runs.score[runs.until <= since] = -1
    demanding = demands_anything(index, rules)
    most = int(runs.score.max(initial=0))
    if demanding:
        _judge(runs, kept(index, rules, runs.last), include_unmet)
    chosen = _chosen(index, runs, limit, distinct, format, since)
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


def _judge(runs: Runs, met: NDArray[np.bool_], include_unmet: bool) -> None:
    if include_unmet:
        runs.score[met & (runs.score >= 0)] += MET
    else:
        runs.score[~met] = -1


def _chosen(
    index: PollIndex, runs: Runs, limit: int, distinct: bool, format: Format, since: int
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
        start = _offered(index.times, runs, best, taken, since)
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


def _offered(times: PollTimes, runs: Runs, run: int, taken: list[int], since: int) -> int | None:
    """The run's first start from `since` on whose meeting overlaps none at the starts taken."""
    start = runs.first_offer(times, run, since)
    return None if start is None else _clear(times, start, int(runs.until[run]) - 1, taken)


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


def _drop_same_people(runs: Runs, chosen: Attendance) -> None:
    """Drops the runs within the range in which all of the chosen people can come.

    All those people are there throughout. Runs with still more were ranked higher and are through
    already, so what is left here are runs of just the same people.
    """
    since = runs.first.searchsorted(chosen.first_start)
    until = runs.until.searchsorted(chosen.latest_start + 1, "right")
    runs.score[since:until] = -1


def _drop_overlapping(runs: Runs, start: int, duration: int) -> None:
    """Drops the runs whose every start overlaps a meeting at `start`."""
    since = runs.first.searchsorted(start - duration, "right")
    until = runs.until.searchsorted(start + duration, "right")
    runs.score[since:until] = -1
