"""Who can come to a meeting at a chosen start, how far it can move with all of them, and why."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.index import PollIndex
from recommender.ranking.recommendation import Reason, Recommendation, Score
from recommender.ranking.rules import Rules, unmet
from recommender.ranking.schedules import IF_NEEDED, PREFERRED
from recommender.ranking.score import if_needed_in, preferred_in, weight_in
from recommender.ranking.starts import Rows
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import Span, uncovered


class Attendance(NamedTuple):
    """A chosen start with everybody's level at it, by number in the index.

    Everybody who can come at `start` can come from `first_start` to `latest_start`, both included.
    """

    start: int
    score: int
    level: NDArray[np.uint8]
    first_start: int
    latest_start: int


class Replay:
    """The changes of an index, taken apart once for all the starts they are replayed for."""

    def __init__(self, index: PollIndex) -> None:
        changes = index.changes
        self._people = len(index)
        self._time, self._owner = changes.time, changes.owner
        self._level = changes.code & 3
        self._arrives, self._leaves = changes.code < 4, self._level == 0
        self._slots: list[int] = changes.time.searchsorted(index.times.slot_starts).tolist()

    def attendance(self, start: int, last: int, score: int) -> Attendance:
        """Replays the changes of the start's slot up to position `last`, the last not after it."""
        past = slice(self._slots[bisect_right(self._slots, last) - 1], last + 1)
        level = np.zeros(self._people, np.uint8)
        level[self._owner[past]] = self._level[past]  # of one person's changes the last stays
        first_start = int(self._time[self._last_arrival(level, last + 1)])
        departure = int(self._time[self._first_departure(level, last + 1)])
        return Attendance(start, score, level, first_start, departure - 1)

    def _last_arrival(self, level: NDArray[np.uint8], until: int) -> int:
        """Where the last of those who can come has become able to: mostly not long ago."""
        size = 64
        while True:
            since = max(until - size, 0)
            here = level.take(self._owner[since:until])
            came = np.logical_and(here, self._arrives[since:until]).nonzero()[0]
            if len(came):
                return since + int(came[-1])
            until, size = since, size * 4

    def _first_departure(self, level: NDArray[np.uint8], since: int) -> int:
        """Where the first of them no longer can: at the latest towards the end of the slot."""
        size = 64
        while True:
            here = level.take(self._owner[since : since + size])
            gone = np.logical_and(here, self._leaves[since : since + size]).nonzero()[0]
            if len(gone):
                return since + int(gone[0])
            since, size = since + size, size * 4


def explained(
    index: PollIndex, chosen: Sequence[Attendance], rules: Rules | None, most: int
) -> tuple[Recommendation, ...]:
    """The recommendations of the chosen starts, in the order given, best first.

    `most` is the best score of all starts, the rules left aside. None of `rules` is broken where
    they are None.
    """
    if not chosen:
        return ()
    duration, most_weight = index.times.duration, weight_in(most)
    unanswered, lists = _people(index, chosen)
    tiers: dict[int, int] = {}
    found: list[Recommendation] = []
    for each, (available, preferred, if_needed, unavailable) in zip(chosen, lists, strict=True):
        score = _score(each.score, len(available))
        recommendation = Recommendation(
            rank=len(found) + 1,
            tier=tiers.setdefault(each.score, len(tiers) + 1),
            start=each.start,
            end=each.start + duration,
            window=(each.first_start, each.latest_start + duration),
            latest_start=each.latest_start,
            available=available,
            preferred=preferred,
            if_needed=if_needed,
            unavailable=unavailable,
            unanswered=unanswered,
            unmet=unmet(index, rules, each.level > 0) if rules is not None else (),
            score=score,
            reasons=_reasons(score, most_weight, everyone=not unavailable),
        )
        found.append(recommendation)
    return tuple(found)


def missing(
    index: PollIndex, recommendations: Sequence[Recommendation]
) -> list[dict[str, list[Span]]]:
    """What time those lack who cannot come but are free in a part of it, by id in order of id.

    One answer for each recommendation; all must be of this index and of its duration. Apart from
    the ranking because it takes longer, and not every reader wants it.
    """
    free = index.free()
    return [missing_at(index, free, each) for each in recommendations]


def missing_at(
    index: PollIndex, free: Rows, recommendation: Recommendation
) -> dict[str, list[Span]]:
    """The same for one of them; `free` are everybody's intervals."""
    checkpoint()
    assert recommendation.end - recommendation.start == index.times.duration
    needed = index.times.needed(recommendation.start)
    touched = ((free.start < needed[-1][1]) & (free.end > needed[0][0])).nonzero()[0]
    columns = (column[touched].tolist() for column in (free.owner, free.start, free.end))
    unavailable = set(recommendation.unavailable)
    lacking: dict[str, list[Span]] = {}
    for owner, held in groupby(zip(*columns, strict=True), itemgetter(0)):
        participant = index.id_of(owner)
        if participant in unavailable:
            gaps = uncovered(needed, [(start, end) for _, start, end in held])
            if gaps != needed:
                lacking[participant] = gaps
    return dict(sorted(lacking.items()))


def _people(
    index: PollIndex, chosen: Sequence[Attendance]
) -> tuple[tuple[str, ...], list[list[tuple[str, ...]]]]:
    """Who has not answered, and for each start who is available, prefers it, and so on."""
    ids, numbers = index.roster
    answered = index.answered.take(numbers)
    level = np.array([each.level for each in chosen]).take(numbers, axis=1)
    kinds = (level > 0, level == PREFERRED, level == IF_NEEDED, answered & (level == 0))
    names = _names(ids, np.concatenate(kinds))
    return tuple(ids[~answered].tolist()), [
        names[number :: len(chosen)] for number in range(len(chosen))
    ]


def _names(ids: NDArray[np.object_], which: NDArray[np.bool_]) -> list[tuple[str, ...]]:
    """For each row of `which`, the ids that it marks."""
    row, column = which.nonzero()
    names = ids.take(column).tolist()
    ends = row.searchsorted(np.arange(len(which)), "right").tolist()
    return [tuple(names[since:until]) for since, until in pairwise((0, *ends))]


def _score(packed: int, available: int) -> Score:
    return Score(available, weight_in(packed), if_needed_in(packed), preferred_in(packed))


def _reasons(score: Score, most: int, *, everyone: bool) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    if score.weight == most:
        reasons.append("most_available")
    if everyone:
        reasons.append("everyone_who_answered")
    if score.preferred == score.available:
        reasons.append("everyone_prefers_it")
    return tuple(reasons)
