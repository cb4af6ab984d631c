"""What an organiser demands of a time beyond that it suits many.

More people never break a rule that fewer keep. The counts of a rule over all runs of starts are a
running sum over the changes, as the score is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.index import PollIndex
from recommender.ranking.starts import Changes

_old, _new = np.divmod(np.arange(16), 4)
_STEP = ((_new > 0).astype(np.int8) - (_old > 0)).astype(np.int8)
"""By code of a change: whether it makes one more person able to come, or one less."""


@dataclass(frozen=True, slots=True)
class GroupRule:
    """At least so many of the group; a smaller group needs all of its members."""

    name: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Rules:
    """Beside these, whoever is `required` must be able to come; see `index.Person`.

    0 stands for no such rule. `min_percentage` is of those who joined, answered or not.
    """

    min_available: int = 0
    min_percentage: int = 0
    groups: tuple[GroupRule, ...] = ()


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class _Demand:
    """At least `at_least` of `members`, numbers in the index; None stands for everybody."""

    code: str
    members: NDArray[np.intp] | None
    at_least: int


def demands_anything(index: PollIndex, rules: Rules) -> bool:
    """Whether there is a rule that a time could break; an empty group demands nothing."""
    return bool(rules != NO_RULES or index.standing.required.any()) and any(_demands(index, rules))


def unmet(index: PollIndex, rules: Rules, present: NDArray[np.bool_]) -> tuple[str, ...]:
    """The rules broken if just those come who are `present`, by number in the index.

    In this order: `required`, `min_available`, `min_percentage`, `group:<name>` in order of the
    rules.
    """
    return tuple(
        demand.code
        for demand in _demands(index, rules)
        if np.count_nonzero(present if demand.members is None else present[demand.members])
        < demand.at_least
    )


def kept(
    index: PollIndex,
    rules: Rules,
    last: NDArray[np.intp],
    forgiven: Collection[str] = (),
) -> NDArray[np.bool_]:
    """Whether all rules are kept after each change at the positions `last`.

    Those that are `forgiven`, by their codes, may be broken.
    """
    counts = (
        _running_count(index, demand)[last] >= demand.at_least
        for demand in _demands(index, rules)
        if demand.code not in forgiven
    )
    return reduce(np.logical_and, counts, np.ones(len(last), np.bool_))


def people_at(index: PollIndex, last: NDArray[np.intp]) -> NDArray[np.int32]:
    """How many can come after each change at the positions `last`, whatever they weigh."""
    return np.cumsum(_STEP[index.changes.code], dtype=np.int32)[last]


def _demands(index: PollIndex, rules: Rules) -> Iterator[_Demand]:
    """All that demand anything at all."""
    required = index.standing.required.nonzero()[0]
    if len(required):
        yield _Demand("required", required, len(required))
    if rules.min_available:
        yield _Demand("min_available", None, rules.min_available)
    share = -(-rules.min_percentage * len(index) // 100)
    if share:
        yield _Demand("min_percentage", None, share)
    for group in rules.groups:
        members = index.standing.groups.get(group.name)
        if members is not None and group.at_least > 0:
            yield _Demand(f"group:{group.name}", members, min(group.at_least, len(members)))


def _running_count(index: PollIndex, demand: _Demand) -> NDArray[np.int32]:
    changes: Changes = index.changes
    step = _STEP[changes.code]
    if demand.members is not None:
        counted = np.zeros(len(index), np.int8)
        counted[demand.members] = 1
        step *= counted[changes.owner]
    return np.cumsum(step, dtype=np.int32)
