"""Everything there is to say about one start: who can come, what keeps it back, what would help."""

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.ranking.any_start import attendance_at, one_before
from recommender.ranking.attendance import Attendance, explained, missing_at
from recommender.ranking.blockers import Blocker, blockers
from recommender.ranking.demands import Crowd
from recommender.ranking.index import PollIndex
from recommender.ranking.minimal_changes import Change, minimal_changes
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import Recommendation
from recommender.ranking.rules import Rules
from recommender.ranking.times import Span

FEW, MOST = 10, 100
"""So many recommendations are looked through for the one before: the many if it is not clear."""


@dataclass(frozen=True, slots=True)
class ExplainedStart:
    """`here` is the start as if it were recommended, without a rank; `missing` is by id, as
    `attendance.missing` has it. `before` is the recommendation that the start is ranked after.
    """

    here: Recommendation
    missing: Mapping[str, list[Span]]
    before: Recommendation | None
    blockers: tuple[Blocker, ...]
    changes: tuple[Change, ...]


def explained_start(index: PollIndex, rules: Rules, start: int) -> ExplainedStart:
    """Of a start at which the meeting lies in a slot, whether it is recommended or not."""
    attendance = attendance_at(index, start)
    (here,) = explained(index, [attendance], rules, attendance.score)
    before = _before(index, rules, attendance, meets_rules=here.meets_rules)
    crowd, free = Crowd.of(index), index.free()
    return ExplainedStart(
        here,
        missing_at(index, free, here),
        before,
        blockers(index, crowd, rules, attendance),
        minimal_changes(index, free, crowd, rules, attendance, before),
    )


def _before(
    index: PollIndex, rules: Rules, here: Attendance, *, meets_rules: bool
) -> Recommendation | None:
    before: Recommendation | None = None
    for most in (FEW, MOST):
        ranked = rank(index, rules=rules, limit=most, include_unmet=True).recommendations
        before = one_before(ranked, here, meets_rules=meets_rules)
        if len(ranked) < most or before is not ranked[-1]:
            break
    return before
