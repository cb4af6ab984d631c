"""What it takes for a start to be one that everyone can come to, that meets the rules, or better.

People are in order of id, unlike in the index, where they have numbers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.cheapest import Demands
from recommender.ranking.index import PollIndex
from recommender.ranking.rules import Rules
from recommender.ranking.starts import Instants


@dataclass(frozen=True, slots=True)
class Crowd:
    """Those who joined a poll; `numbers` are theirs in the index, `member` is by group."""

    ids: list[str]
    numbers: NDArray[np.intp]
    answered: NDArray[np.bool_]
    required: NDArray[np.bool_]
    weight: Instants
    member: dict[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, index: PollIndex) -> "Crowd":
        ids, numbers = index.roster

        def members(group: NDArray[np.intp]) -> NDArray[np.bool_]:
            is_member = np.zeros(len(ids), np.bool_)
            is_member[group] = True
            return is_member[numbers]

        return cls(
            ids.tolist(),
            numbers,
            index.answered[numbers],
            index.standing.required[numbers],
            index.weights[numbers],
            {name: members(group) for name, group in index.standing.groups.items()},
        )

    def __len__(self) -> int:
        return len(self.ids)


def everyone_who_answered(crowd: Crowd) -> Demands:
    nothing = np.zeros((0, len(crowd)), np.int64)
    return Demands(crowd.answered, nothing, np.zeros(0, np.int64))


def somebody(crowd: Crowd) -> Demands:
    return weight_of(crowd, 1)


def rules_met(crowd: Crowd, rules: Rules, *, at_least: int = 0) -> Demands:
    """That the rules are met, and that at least so many people come."""
    percentage = -(-rules.min_percentage * len(crowd) // 100)
    gains = [np.ones(len(crowd), np.int64)]
    needed = [max(at_least, rules.min_available, percentage)]
    for group in rules.groups:
        if group.name in crowd.member:
            gains.append(crowd.member[group.name].astype(np.int64))
            needed.append(min(group.at_least, int(gains[-1].sum())))
    return Demands(crowd.required, np.array(gains), np.array(needed, np.int64))


def weight_of(crowd: Crowd, weight: int, besides: Demands | None = None) -> Demands:
    """That those who come weigh so much together; it is the last of the demands."""
    if besides is None:
        nobody = np.zeros(len(crowd), np.bool_)
        return Demands(nobody, crowd.weight[None, :], np.array([weight], np.int64))
    gains = np.vstack([besides.gains, crowd.weight])
    return Demands(besides.forced, gains, np.append(besides.needed, weight))


def among(demands: Demands, askable: NDArray[np.bool_]) -> Demands | None:
    """The same where only these can be asked, which nobody else must do; None if others must."""
    if (demands.forced & ~askable).any():
        return None
    return Demands(demands.forced[askable], demands.gains[:, askable], demands.needed)
