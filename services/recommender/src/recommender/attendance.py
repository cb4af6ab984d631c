"""Who can come to a meeting at a chosen start, how far it can move with all of them, and why."""

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from recommender.index import PollIndex
from recommender.recommendation import Reason, Recommendation, Score
from recommender.schedules import IF_NEEDED, PREFERRED
from recommender.score import if_needed_in, preferred_in, weight_in
from recommender.starts import Changes
from recommender.times import Span, uncovered


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
    since = int(changes.time.searchsorted(index.times.slot_starts[slot]))
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
    scores = dict.fromkeys(each.score for each in chosen)
    tiers = {score: tier for tier, score in enumerate(scores, 1)}
    most = weight_in(chosen[0].score) if chosen else 0
    return tuple(
        _explained(index, each, rank, tiers[each.score], most)
        for rank, each in enumerate(chosen, 1)
    )


def _explained(
    index: PollIndex, chosen: Attendance, rank: int, tier: int, most: int
) -> Recommendation:
    ids, numbers = index.roster
    level, answered = chosen.level[numbers], index.answered[numbers]
    end = chosen.start + index.times.duration
    available = _names(ids, level > 0)
    unavailable = _names(ids, (level == 0) & answered)
    weight, if_needed = weight_in(chosen.score), if_needed_in(chosen.score)
    score = Score(len(available), weight, if_needed, preferred_in(chosen.score))
    return Recommendation(
        rank=rank,
        tier=tier,
        start=chosen.start,
        end=end,
        window=(chosen.first_start, chosen.latest_start + index.times.duration),
        latest_start=chosen.latest_start,
        available=available,
        preferred=_names(ids, level == PREFERRED),
        if_needed=_names(ids, level == IF_NEEDED),
        unavailable=unavailable,
        missing=_missing(index, chosen),
        unanswered=_names(ids, ~answered),
        score=score,
        reasons=_reasons(score, most, everyone=not unavailable),
    )


def _names(ids: NDArray[np.object_], which: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(ids[which].tolist())


def _reasons(score: Score, most: int, *, everyone: bool) -> tuple[Reason, ...]:
    holds: dict[Reason, bool] = {
        "most_available": score.weight == most,
        "everyone_who_answered": everyone,
        "everyone_prefers_it": score.preferred == score.available,
    }
    return tuple(reason for reason, is_so in holds.items() if is_so)


def _missing(index: PollIndex, chosen: Attendance) -> dict[str, tuple[Span, ...]]:
    """What time those lack who cannot come but are free in part of it."""
    needed = index.times.needed(chosen.start)
    free = index.free
    touched = np.flatnonzero((free.start < needed[-1][1]) & (free.end > needed[0][0]))
    touched = touched[chosen.level[free.owner[touched]] == 0]
    columns = (column[touched].tolist() for column in (free.owner, free.start, free.end))
    missing: dict[str, tuple[Span, ...]] = {}
    for owner, held in groupby(zip(*columns, strict=True), itemgetter(0)):
        gaps = uncovered(needed, [(start, end) for _, start, end in held])
        if gaps != needed:
            missing[index.id_of(owner)] = tuple(gaps)
    return dict(sorted(missing.items()))
