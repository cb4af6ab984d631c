"""What is counted is right, cell by cell; and the comparison notices plausible bugs."""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from heatmap_oracle import CountedCell
from heatmap_oracle import count_cells as counted_by_hand
from random_polls import RandomPoll, clock_change_poll, crowded_poll, tiny_poll

from recommender.ranking import heatmap as product
from recommender.ranking.heatmap import count_cells, heatmap
from recommender.ranking.index import Person, PollIndex
from recommender.ranking.schedules import pack
from recommender.ranking.starts import Rows


def index_of(poll: RandomPoll) -> PollIndex:
    return PollIndex(
        poll.times,
        [
            Person(each.id, schedule=None if each.intervals is None else pack(each.intervals))
            for each in poll.people
        ],
    )


def counted_by_product(index: PollIndex, length: int, counted: set[str]) -> list[list[CountedCell]]:
    ours = np.array([index.id_of(number) in counted for number in range(len(index))], np.bool_)
    found = heatmap(index, length, ours)
    columns = (
        found.cells.start,
        found.cells.end,
        found.free,
        found.if_needed,
        found.preferred,
        found.starts,
    )
    cells = [CountedCell(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    assert count_cells(index.times, length) == len(cells)
    edges = np.append(0, np.cumsum(found.cells.per_slot)).tolist()
    return [cells[since:until] for since, until in pairwise(edges)]


def first_disagreement(make: Callable[[int], RandomPoll], seeds: range) -> str | None:
    for seed in seeds:
        poll, rng = make(seed), random.Random(seed)
        length = poll.times.step * rng.choice((1, 1, 1, 2, 3))
        counted = {each.id for each in poll.people if rng.random() < 0.8}
        expected = counted_by_hand(poll.oracle, poll.people, length, counted)
        actual = counted_by_product(index_of(poll), length, counted)
        if expected != actual:
            return f"seed {seed}: {poll}\nexpected {expected}\n     got {actual}"
    return None


@pytest.mark.parametrize(
    ("make", "polls"), [(tiny_poll, 600), (clock_change_poll, 300), (crowded_poll, 20)]
)
def test_every_cell_is_counted_as_by_hand(make: Callable[[int], RandomPoll], polls: int) -> None:
    assert first_disagreement(make, range(polls)) is None


def not_joined(free: Rows, level: int) -> Rows:
    chosen = free.level >= level
    return Rows(free.owner[chosen], free.start[chosen], free.end[chosen], free.level[chosen])


def whole_cells_only(original: Callable[..., Any]) -> Callable[..., Any]:
    def cells(times: Any, length: int) -> Any:
        found = original(times, length)
        return product.Cells(found.start, found.start + length, found.per_slot)

    return cells


def regardless_of_level(original: Callable[..., Any]) -> Callable[..., Any]:
    def free_throughout(cells: Any, free: Rows, _level: int, counted: Any) -> Any:
        return original(cells, free, 1, counted)

    return free_throughout


def touched(cells: Any, free: Rows, level: int, counted: Any) -> Any:
    stretch = product.stretches(free, level)
    covered = [
        (cells.start < end) & (cells.end > start)
        for owner, start, end in zip(stretch.owner, stretch.start, stretch.end, strict=True)
        if counted[owner]
    ]
    return np.sum(covered, axis=0, dtype=np.int64) if covered else np.zeros(len(cells.start), int)


def everybody(original: Callable[..., Any]) -> Callable[..., Any]:
    def able(index: PollIndex, cells: Any, counted: Any) -> Any:
        return original(index, cells, np.ones_like(counted))

    return able


def a_moment_before(original: Callable[..., Any]) -> Callable[..., Any]:
    def able(index: PollIndex, cells: Any, counted: Any) -> Any:
        return original(index, product.Cells(cells.start - 1, cells.end, cells.per_slot), counted)

    return able


def of_free_cells(index: PollIndex, cells: Any, counted: Any) -> Any:
    return vars(product)["_free_throughout"](cells, index.free(), 1, counted)


def on_one_grid(original: Callable[..., Any]) -> Callable[..., Any]:
    def cells(times: Any, length: int) -> Any:
        found = original(times, length)
        return product.Cells(found.start - found.start % length, found.end, found.per_slot)

    return cells


BUGS: dict[str, tuple[str, Any]] = {
    "touching intervals do not join": ("stretches", not_joined),
    "the last cell reaches out of its slot": ("_cells", whole_cells_only(vars(product)["_cells"])),
    "all cells lie on one grid": ("_cells", on_one_grid(vars(product)["_cells"])),
    "every level counts as preferred": (
        "_free_throughout",
        regardless_of_level(vars(product)["_free_throughout"]),
    ),
    "a part of a cell is enough": ("_free_throughout", touched),
    "a filter does not reach the starts": (
        "_able_to_start",
        everybody(vars(product)["_able_to_start"]),
    ),
    "who arrives with a cell is late": (
        "_able_to_start",
        a_moment_before(vars(product)["_able_to_start"]),
    ),
    "whoever is free can start": ("_able_to_start", of_free_cells),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_comparison_notices_that(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, wrong = BUGS[bug]
    monkeypatch.setattr(product, where, wrong)
    assert first_disagreement(tiny_poll, range(200)) is not None
