"""Who can come to a meeting at a chosen start, how far it can move with all of them, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.index import PollIndex
from recommender.ranking.recommendation import Reason, Recommendation, Score
from recommender.ranking.rules import Rules, unmet
from recommender.ranking.schedules import IF_NEEDED, PREFERRED
from recommender.ranking.score import if_needed_in, preferred_in, weight_in
from recommender.ranking.starts import Changes, Owners, Rows
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import Span, uncovered


@dataclass(frozen=True, slots=True)
class Attendance:
    """A chosen start with everybody's level at it, by number in the index.

    Everybody who can come at `start` can come from `first_start` to `latest_start`, both included.
    """

    start: int
    score: int
    level: NDArray[np.uint8]
    first_start: int
    latest_start: int


def attendance(index: PollIndex, start: int, last: int, score: int) -> Attendance:
    """Replays the changes of the start's slot up to position `last`, the last one not after it."""
    changes = index.changes
    slot = int(index.times.slot_starts.searchsorted(start, "right")) - 1
    since = int(changes.time.searchsorted(int(index.times.slot_starts[slot])))
    owner, code = changes.owner[since : last + 1], changes.code[since : last + 1]
    level = np.zeros(len(index), np.uint8)
    level[owner] = code & 3  # of one person's changes the last stays
    here = level > 0
    first_start = int(changes.time[since + _last_arrival(here, owner, code)])
    return Attendance(start, score, level, first_start, _departure(changes, here, last + 1) - 1)


def _last_arrival(here: NDArray[np.bool_], owner: Owners, code: NDArray[np.uint8]) -> int:
    """Where the last of them has become able to come: mostly not long ago."""
    size, until = 64, len(owner)
    while True:
        since = max(until - size, 0)
        came = (here[owner[since:until]] & (code[since:until] < 4)).nonzero()[0]
        if len(came):
            return since + int(came[-1])
        until, size = since, size * 4


def _departure(changes: Changes, here: NDArray[np.bool_], since: int) -> int:
    """When the first of them can no longer come: at the latest towards the end of the slot."""
    size = 64
    while True:
        owner, code = changes.owner[since : since + size], changes.code[since : since + size]
        gone = (here[owner] & ((code & 3) == 0)).nonzero()[0]
        if len(gone):
            return int(changes.time[since + int(gone[0])])
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
    ids, numbers = index.roster
    answered = index.answered[numbers]
    unanswered = tuple(ids[~answered].tolist())
    level = np.stack([each.level for each in chosen])[:, numbers]
    here = level > 0
    available = _names(ids, here)
    unavailable = _names(ids, answered & ~here)
    preferred, if_needed = _names(ids, level == PREFERRED), _names(ids, level == IF_NEEDED)
    tiers: dict[int, int] = {}
    return tuple(
        Recommendation(
            rank=number + 1,
            tier=tiers.setdefault(each.score, len(tiers) + 1),
            start=each.start,
            end=each.start + index.times.duration,
            window=(each.first_start, each.latest_start + index.times.duration),
            latest_start=each.latest_start,
            available=available[number],
            preferred=preferred[number],
            if_needed=if_needed[number],
            unavailable=unavailable[number],
            unanswered=unanswered,
            unmet=unmet(index, rules, each.level > 0) if rules is not None else (),
            score=(score := _score(each.score, len(available[number]))),
            reasons=_reasons(score, weight_in(most), everyone=not unavailable[number]),
        )
        for number, each in enumerate(chosen)
    )


def missing(
    index: PollIndex, recommendations: Sequence[Recommendation]
) -> list[dict[str, list[Span]]]:
    """What time those lack who cannot come but are free in a part of it, by id in order of id.

    One answer for each recommendation; all must be of this index and of its duration. Apart from
    the ranking because it takes longer, and not every reader wants it.
    """
    free = index.free()
    return [_missing(index, free, each) for each in recommendations]


def _missing(index: PollIndex, free: Rows, recommendation: Recommendation) -> dict[str, list[Span]]:
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


def _names(ids: NDArray[np.object_], which: NDArray[np.bool_]) -> list[tuple[str, ...]]:
    """For each row of `which`, the ids that it marks."""
    row, column = which.nonzero()
    names = ids[column].tolist()
    ends = row.searchsorted(np.arange(len(which)), "right").tolist()
    return [tuple(names[since:until]) for since, until in pairwise((0, *ends))]


def _score(packed: int, available: int) -> Score:
    return Score(available, weight_in(packed), if_needed_in(packed), preferred_in(packed))


def _reasons(score: Score, most: int, *, everyone: bool) -> tuple[Reason, ...]:
    holds: dict[Reason, bool] = {
        "most_available": score.weight == most,
        "everyone_who_answered": everyone,
        "everyone_prefers_it": score.preferred == score.available,
    }
    return tuple(reason for reason, is_so in holds.items() if is_so)
