"""Who can come to a meeting at a chosen start, how far it can move with all of them, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.index import PollIndex
from recommender.ranking.recommendation import Reason, Recommendation, Score
from recommender.ranking.schedules import IF_NEEDED, PREFERRED
from recommender.ranking.score import if_needed_in, preferred_in, weight_in
from recommender.ranking.starts import Changes, Rows
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
    past = slice(since, last + 1)
    level = np.zeros(len(index), np.uint8)
    level[changes.owner[past]] = changes.code[past] & 3  # of one person's changes the last stays
    here = level > 0
    arrivals = here[changes.owner[past]] & (changes.code[past] < 4)
    first_start = int(changes.time[since + int(np.flatnonzero(arrivals)[-1])])
    return Attendance(start, score, level, first_start, _departure(changes, here, last + 1) - 1)


def _departure(changes: Changes, here: NDArray[np.bool_], since: int) -> int:
    """When the first of them can no longer come: at the latest towards the end of the slot."""
    size = 64
    while True:
        part = slice(since, since + size)
        gone = np.flatnonzero(here[changes.owner[part]] & ((changes.code[part] & 3) == 0))
        if len(gone):
            return int(changes.time[since + gone[0]])
        since, size = since + size, size * 4


def explained(index: PollIndex, chosen: list[Attendance]) -> tuple[Recommendation, ...]:
    """The recommendations of the chosen starts, in the order given, best first."""
    ids, numbers = index.roster
    answered = index.answered[numbers]
    unanswered = _names(ids, ~answered)
    scores = dict.fromkeys(each.score for each in chosen)
    tiers = {score: tier for tier, score in enumerate(scores, 1)}

    def explain(rank: int, each: Attendance) -> Recommendation:
        level = each.level[numbers]
        names = (_names(ids, level > 0), _names(ids, (level == 0) & answered))
        score = _score(each.score, len(names[0]))
        return Recommendation(
            rank=rank,
            tier=tiers[each.score],
            start=each.start,
            end=each.start + index.times.duration,
            window=(each.first_start, each.latest_start + index.times.duration),
            latest_start=each.latest_start,
            available=names[0],
            preferred=_names(ids, level == PREFERRED),
            if_needed=_names(ids, level == IF_NEEDED),
            unavailable=names[1],
            unanswered=unanswered,
            score=score,
            reasons=_reasons(score, weight_in(chosen[0].score), everyone=not names[1]),
        )

    return tuple(explain(rank, each) for rank, each in enumerate(chosen, 1))


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
    assert recommendation.end - recommendation.start == index.times.duration
    needed = index.times.needed(recommendation.start)
    touched = np.flatnonzero((free.start < needed[-1][1]) & (free.end > needed[0][0]))
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


def _names(ids: NDArray[np.object_], which: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(ids[which].tolist())


def _score(packed: int, available: int) -> Score:
    return Score(available, weight_in(packed), if_needed_in(packed), preferred_in(packed))


def _reasons(score: Score, most: int, *, everyone: bool) -> tuple[Reason, ...]:
    holds: dict[Reason, bool] = {
        "most_available": score.weight == most,
        "everyone_who_answered": everyone,
        "everyone_prefers_it": score.preferred == score.available,
    }
    return tuple(reason for reason, is_so in holds.items() if is_so)
