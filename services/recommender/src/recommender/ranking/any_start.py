"""How any start at all stands, recommended or not: who can come, and what ranks before it."""

from collections.abc import Sequence

import numpy as np

from recommender.ranking.attendance import Attendance, Replay
from recommender.ranking.index import PollIndex
from recommender.ranking.recommendation import Recommendation
from recommender.ranking.score import (
    BASE,
    SOMEBODY,
    if_needed_in,
    preferred_in,
    weight_in,
)
from recommender.ranking.times import PollTimes


def lies_in_a_slot(times: PollTimes, start: int) -> bool:
    """Whether the meeting at this start does, so that people could come to it."""
    slot = int(times.slot_starts.searchsorted(start, "right")) - 1
    return slot >= 0 and start + times.duration <= int(times.slot_ends[slot])


def attendance_at(index: PollIndex, start: int) -> Attendance:
    """Who can come at any start, and how far it can move; where nobody can come, nowhere."""
    last = int(index.changes.time.searchsorted(start, "right")) - 1
    score = BASE + int(index.changes.delta[: last + 1].sum())
    if score < SOMEBODY:
        return Attendance(start, BASE, np.zeros(len(index), np.uint8), start, start)
    return Replay(index).attendance(start, last, score)


def one_before(
    ranked: Sequence[Recommendation], here: Attendance, *, meets_rules: bool
) -> Recommendation | None:
    """The last of the recommendations, given in order, that a start is ranked after.

    Not one whose range the start lies in: all who can come to that can come to the start.
    """
    score = here.score
    own = _order(
        meets_rules, weight_in(score), if_needed_in(score), preferred_in(score), here.start
    )
    better = [each for each in ranked if _order_of(each) < own and not _holds(each, here.start)]
    return better[-1] if better else None


def _order_of(each: Recommendation) -> tuple[int, ...]:
    score = each.score
    return _order(each.meets_rules, score.weight, score.if_needed, score.preferred, each.start)


def _order(
    meets_rules: bool, weight: int, if_needed: int, preferred: int, start: int
) -> tuple[int, ...]:
    return not meets_rules, -weight, if_needed, -preferred, start


def _holds(each: Recommendation, start: int) -> bool:
    return each.window[0] <= start <= each.latest_start
