"""Whose absence keeps a start from being the best it could be."""

from typing import NamedTuple

import numpy as np

from recommender.ranking.attendance import Attendance
from recommender.ranking.demands import Crowd
from recommender.ranking.index import PollIndex
from recommender.ranking.rules import Rules, unmet


class Blocker(NamedTuple):
    """Somebody who cannot come, and what the start therefore falls short of.

    `everyone`: it does not suit everyone who answered. `rules`: the codes of the rules not met to
    which they would contribute, see `rules.unmet`.
    """

    participant: str
    everyone: bool
    rules: tuple[str, ...]


def blockers(index: PollIndex, crowd: Crowd, rules: Rules, here: Attendance) -> tuple[Blocker, ...]:
    """Those of the index's crowd who cannot come and are missed for it, in order of id."""
    present = here.level > 0
    broken = unmet(index, rules, present)
    absent = np.flatnonzero(~present[crowd.numbers])
    answered: list[bool] = crowd.answered[absent].tolist()
    found: list[Blocker] = []
    for position, everyone in zip(absent.tolist(), answered, strict=True):
        missed = tuple([code for code in broken if _counts(crowd, position, code)])
        if everyone or missed:
            found.append(Blocker(crowd.ids[position], everyone, missed))
    return tuple(found)


def _counts(crowd: Crowd, position: int, code: str) -> bool:
    if code == "required":
        return bool(crowd.required[position])
    if code.startswith("group:"):
        return bool(crowd.member[code.removeprefix("group:")][position])
    return True
