"""Whose absence keeps a start from being the best it could be."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    missed = _missed(crowd, absent, broken)
    return tuple(
        Blocker(crowd.ids[position], everyone, codes)
        for position, everyone, codes in zip(absent.tolist(), answered, missed, strict=True)
        if everyone or codes
    )


def _missed(
    crowd: Crowd, absent: NDArray[np.intp], broken: Sequence[str]
) -> Sequence[tuple[str, ...]]:
    """For each of those absent, the broken rules to which they would contribute."""
    if not broken:
        return [()] * len(absent)
    counted = [(code, _contributing(crowd, code)[absent].tolist()) for code in broken]
    return [
        tuple(code for code, counts in counted if counts[number]) for number in range(len(absent))
    ]


def _contributing(crowd: Crowd, code: str) -> NDArray[np.bool_]:
    if code == "required":
        return crowd.required
    if code.startswith("group:"):
        return crowd.member[code.removeprefix("group:")]
    return np.ones(len(crowd), np.bool_)
