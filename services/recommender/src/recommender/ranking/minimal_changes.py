"""What keeps a start from being better, and the least that would have to change.

Changes are additions to schedules at level `available`. Whatever is told has been tried: the start
is looked at again with the additions made, by what ranks starts.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.additions import Addition, level_with
from recommender.ranking.attendance import Attendance
from recommender.ranking.cheapest import Choice, Demands, cheapest_start
from recommender.ranking.demands import (
    Crowd,
    among,
    everyone_who_answered,
    rules_met,
    weight_of,
)
from recommender.ranking.gaps import Gaps
from recommender.ranking.index import PollIndex
from recommender.ranking.recommendation import Recommendation
from recommender.ranking.rules import Rules, unmet
from recommender.ranking.starts import Rows
from recommender.ranking.times import PollTimes, uncovered

Goal = Literal["rules", "above", "everyone"]
"""The rules are met; more can come than to the recommendation before; all who answered can come."""

STEPS_AWAY = 200
"""So far from the start, on either side, others in its range are looked at."""


@dataclass(frozen=True, slots=True)
class Change:
    """With these additions, in order of id, the meeting at `start` reaches the goal.

    `length` is theirs together, in microseconds. `smallest` where it is certain that no shorter
    ones do, at any start looked at.
    """

    goal: Goal
    start: int
    additions: tuple[Addition, ...]
    length: int
    smallest: bool


def minimal_changes(
    index: PollIndex,
    free: Rows,
    crowd: Crowd,
    rules: Rules,
    here: Attendance,
    before: Recommendation | None,
) -> tuple[Change, ...]:
    """The smallest changes for each goal not yet reached `here`, the shortest first.

    `free` and `crowd` are the index's, `before` what is ranked before it. Only those who answered
    are asked for more, except for the rules, which speak of all who joined.
    """
    return _Search(index, free, crowd, rules, here, before).changes()


class _Search:
    def __init__(
        self,
        index: PollIndex,
        free: Rows,
        crowd: Crowd,
        rules: Rules,
        here: Attendance,
        before: Recommendation | None,
    ) -> None:
        self._index, self._crowd, self._rules, self._before = index, crowd, rules, before
        self._starts = starts_around(index.times, here)
        self._free = free
        self._gaps = Gaps(index.times, len(index), free)
        self._cost = self._gaps.missing(self._starts)[self._crowd.numbers]
        self._present = here.level > 0
        self._number = dict(zip(crowd.ids, crowd.numbers.tolist(), strict=True))

    def changes(self) -> tuple[Change, ...]:
        crowd, rules = self._crowd, self._rules
        found: list[Change | None] = []
        unmet_here = bool(unmet(self._index, rules, self._present))
        if unmet_here:
            found.append(self._change("rules", rules_met(crowd, rules), None))
        if self._before is not None:
            meet = unmet_here and self._before.meets_rules
            demands = weight_of(
                crowd, self._before.score.weight + 1, rules_met(crowd, rules) if meet else None
            )
            found.append(self._change("above", demands, crowd.answered))
        if not self._present[self._index.answered].all():
            found.append(self._change("everyone", everyone_who_answered(crowd), crowd.answered))
        true = [change for change in found if change is not None and self._holds(change)]
        return tuple(sorted(true, key=lambda change: change.length))

    def _change(
        self, goal: Goal, demands: Demands, askable: NDArray[np.bool_] | None
    ) -> Change | None:
        positions, cost, useless = np.arange(len(self._crowd)), self._cost, None
        if goal == "above":
            useless = self._useless()
        if askable is not None:
            limited = among(demands, askable)
            if limited is None:
                return None
            demands, positions, cost = limited, np.flatnonzero(askable), cost[askable]
            useless = None if useless is None else useless[askable]
        found = cheapest_start(cost, demands, useless)
        if found is None:
            return None
        column, choice = found
        return self._told(goal, self._starts[column], choice, positions)

    def _told(self, goal: Goal, start: int, choice: Choice, positions: NDArray[np.intp]) -> Change:
        asked: list[int] = positions[choice.people].tolist()
        numbers: list[int] = self._crowd.numbers[asked].tolist()
        lacked = self._gaps.lacked(start, numbers)
        additions = tuple(
            Addition(self._crowd.ids[position], tuple(lacked[number]))
            for position, number in zip(asked, numbers, strict=True)
        )
        return Change(goal, start, additions, choice.cost, choice.smallest)

    def _useless(self) -> NDArray[np.bool_] | None:
        """Whose coming is no gain on the one before: what they add, they add there as well."""
        assert self._before is not None
        needed = self._index.times.needed(self._before.start)
        beside = [uncovered(needed, self._index.times.needed(start)) for start in self._starts]
        if all(spans == needed for spans in beside):
            return None
        lacking = self._gaps.missing([self._before.start])[self._crowd.numbers]
        return (lacking > 0) & (self._gaps.missing_in(beside)[self._crowd.numbers] == 0)

    def _holds(self, change: Change) -> bool:
        """Whether the goal is reached once the additions are made."""
        present = self._with(change, change.start)
        if change.goal == "everyone":
            return bool(present[self._index.answered].all())
        meets = not unmet(self._index, self._rules, present)
        if change.goal == "rules" or self._before is None:
            return meets
        more = self._weight(present) > self._weight(self._with(change, self._before.start))
        return more and (meets or not self._before.meets_rules)

    def _with(self, change: Change, start: int) -> NDArray[np.bool_]:
        added = {self._number[each.participant]: each.spans for each in change.additions}
        return level_with(self._index, self._free, added, start) > 0

    def _weight(self, present: NDArray[np.bool_]) -> int:
        return int(self._crowd.weight[present[self._crowd.numbers]].sum())


def starts_around(times: PollTimes, here: Attendance) -> list[int]:
    """The start, and those on the step in its range that are not too far away, in order."""
    away = STEPS_AWAY * times.step
    latest = min(here.latest_start, here.start + away)
    starts = {here.start}
    start = times.first_offered(max(here.first_start, here.start - away), latest)
    while start is not None:
        starts.add(start)
        start = times.first_offered(start + 1, latest)
    return sorted(starts)
