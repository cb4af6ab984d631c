"""Whom to ask for more time, so that it is enough and the least in all.

People are in order of id. What each lacks at a start, in microseconds, is what asking them costs;
who lacks nothing comes anyway.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.starts import Instants
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import FOREVER

_CELLS = 3_000_000
"""So much is searched for the least at one start, some ten milliseconds; else it is approached."""
_KINDS = 64
"""So many ways of bringing something are compared at once."""
_TRIED = 200
"""So many starts are searched, the most promising first."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What has to be so: `forced` people come, and those who come bring `needed` of each demand.

    `gains` has a row for each demand and a column for each person: what their coming brings.
    """

    forced: NDArray[np.bool_]
    gains: Instants
    needed: Instants

    @property
    def possible(self) -> bool:
        """Whether it is so when everyone comes."""
        return bool((self.gains.sum(1) >= self.needed).all())


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom to ask, by position and in order; `smallest` where nothing costs less, for sure."""

    people: list[int]
    cost: int
    smallest: bool


def cheapest(cost: Instants, demands: Demands) -> Choice | None:
    """The cheapest choice at one start; among equals the first in order of its people."""
    comes = demands.forced | (cost == 0)
    still = demands.needed - demands.gains[:, comes].sum(1)
    unmet = still > 0
    still = still[unmet]
    gains = np.minimum(demands.gains[unmet], still[:, None])
    asked = np.flatnonzero(demands.forced & (cost > 0))
    smallest = True
    if len(still):
        useful = np.flatnonzero(gains.any(0) & ~comes)
        if (gains[:, useful].sum(1) < still).any():
            return None
        useful = useful[_worth_asking(cost[useful], gains[:, useful], still)]
        added, smallest = _cover(cost[useful], gains[:, useful], still)
        asked = np.sort(np.concatenate([asked, useful[added]]))
    return Choice(asked.tolist(), int(cost[asked].sum()), smallest)


def cheapest_start(
    cost: Instants, demands: Demands, useless: NDArray[np.bool_] | None = None
) -> tuple[int, Choice] | None:
    """The column of the start with the cheapest choice, the first among equals, and that choice.

    `cost` has people in rows and starts in columns, and so has `useless`: whose coming there brings
    nothing for the last of the demands.
    """
    if not demands.possible:
        return None
    bounds = _at_least(cost, demands)
    best: tuple[int, int, Choice] | None = None
    promising = np.argsort(bounds, kind="stable")
    for tried, column in enumerate(promising.tolist()):
        if best is not None and (int(bounds[column]), column) > best[:2]:
            return best[1:]
        if tried == _TRIED:
            return None if best is None else (best[1], _unsure(best[2]))
        checkpoint()
        given = demands if useless is None else _without(demands, useless[:, column])
        choice = cheapest(cost[:, column], given)
        if choice is not None and (best is None or (choice.cost, column) < best[:2]):
            best = (choice.cost, column, choice)
    return None if best is None else best[1:]


def _without(demands: Demands, useless: NDArray[np.bool_]) -> Demands:
    gains = demands.gains.copy()
    gains[-1, useless] = 0
    return Demands(demands.forced, gains, demands.needed)


def _unsure(choice: Choice) -> Choice:
    return Choice(choice.people, choice.cost, smallest=False)


def _at_least(cost: Instants, demands: Demands) -> Instants:
    """What it costs at each start at the least: as if each demand were the only one."""
    forced, others = cost[demands.forced], cost[~demands.forced]
    bound = np.zeros(cost.shape[1], np.int64)
    for gains, needed in zip(demands.gains, demands.needed.tolist(), strict=True):
        still = needed - int(gains[demands.forced].sum())
        gain = gains[~demands.forced]
        if still > 0:
            np.maximum(bound, _in_part(others[gain > 0], gain[gain > 0], still), out=bound)
    return bound + forced.sum(0)


def _in_part(cost: Instants, gain: Instants, still: int) -> Instants:
    """The least cost of each column, if people could also come in part."""
    if (gain == gain[0]).all():
        count = -(-still // int(gain[0]))
        return np.partition(cost, count - 1, axis=0)[:count].sum(0)
    order = np.argsort(cost / gain[:, None], axis=0, kind="stable")
    cost, gain = np.take_along_axis(cost, order, 0), gain[order]
    before = gain.cumsum(0) - gain
    part = np.clip(still - before, 0, gain)
    # quotients are compared as floats: two that are almost equal may be the wrong way round
    return np.maximum((part * cost // gain).sum(0) - 1, 0)


def _worth_asking(cost: Instants, gains: Instants, still: Instants) -> NDArray[np.intp]:
    """Those in no better company than is needed.

    Whoever costs less and brings as much could take somebody's place. Where all of those together
    bring what is needed of all that somebody brings, nobody has to ask for that person.
    """
    order = np.argsort(cost, kind="stable")
    gains = gains[:, order]
    kinds, kind = np.unique(gains, axis=1, return_inverse=True)
    worth = np.zeros(len(order), np.bool_)
    for since in range(0, kinds.shape[1], _KINDS):
        checkpoint()
        own = kinds[:, since : since + _KINDS, None]
        as_good = (gains[:, None] >= own).all(0)
        brought = np.where(as_good, gains[:, None], 0)
        before = brought.cumsum(2) - brought
        short_of: NDArray[np.bool_] = (before < still[:, None, None]) & (own > 0)
        lacking = np.logical_or.reduce(short_of, axis=0)
        mine = np.flatnonzero((kind >= since) & (kind < since + _KINDS))
        worth[mine] = lacking[kind[mine] - since, mine]
    return np.sort(order[worth])


def _cover(cost: Instants, gains: Instants, still: Instants) -> tuple[NDArray[np.intp], bool]:
    """The cheapest who bring what is still needed, and whether they are so for sure."""
    if (gains == gains[:, :1]).all():
        return np.arange(len(cost)), True  # of one kind no more are worth asking than are needed
    if len(cost) * int(np.prod(still.astype(object) + 1)) > _CELLS:
        return _small_cover(cost, gains, still), False
    return _least_cover(cost, gains, still), True


def _least_cover(cost: Instants, gains: Instants, still: Instants) -> NDArray[np.intp]:
    """Knapsack over what is still needed, from the last person to the first."""
    shape = tuple((still + 1).tolist())
    states = np.indices(shape).reshape(len(shape), -1)
    strides = np.append(np.cumprod(shape[:0:-1], dtype=np.intp)[::-1], 1)
    best = np.full(states.shape[1], FOREVER, np.int64)
    best[0] = 0
    taken = np.zeros((len(cost), len(best)), np.bool_)
    following: dict[bytes, NDArray[np.intp]] = {}
    for person in range(len(cost) - 1, -1, -1):
        after = _after(gains[:, person], states, strides, following)
        if_taken = best[after] + cost[person]
        np.less_equal(if_taken, best, out=taken[person])
        best = np.minimum(if_taken, best)
    chosen: list[int] = []
    state = len(best) - 1
    for person in range(len(cost)):
        if state and taken[person, state]:
            chosen.append(person)
            state = int(_after(gains[:, person], states, strides, following)[state])
    return np.array(chosen, np.intp)


def _after(
    gain: Instants,
    states: NDArray[np.intp],
    strides: Instants,
    known: dict[bytes, NDArray[np.intp]],
) -> NDArray[np.intp]:
    """For each state of what is still needed, the one that follows once somebody brings `gain`."""
    key = gain.tobytes()
    if key not in known:
        known[key] = strides @ np.maximum(states - gain[:, None], 0)
    return known[key]


def _small_cover(cost: Instants, gains: Instants, still: Instants) -> NDArray[np.intp]:
    """Those who bring most for what they cost, without anyone who is not needed in the end."""
    order = np.argsort(cost / gains.sum(0), kind="stable")
    brought = gains[:, order].cumsum(1)
    count = int((brought >= still[:, None]).argmax(1).max()) + 1
    chosen = order[:count]
    spare = brought[:, count - 1] - still
    kept: list[int] = []
    for person in chosen[np.argsort(-cost[chosen], kind="stable")].tolist():
        own = gains[:, person]
        if (own <= spare).all():
            spare = spare - own
        else:
            kept.append(person)
    return np.sort(np.array(kept, np.intp))
