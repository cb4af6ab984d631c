"""The comparison with brute force is worth something: it notices each of these plausible bugs."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from explain_comparison import (
    change_disagreement,
    first_disagreement,
    relaxation_disagreement,
)
from numpy.typing import NDArray

from recommender.ranking import cheapest, minimal_changes, relaxations
from recommender.ranking.cheapest import Demands
from recommender.ranking.demands import Crowd
from recommender.ranking.times import PollTimes

SEARCH: Any = vars(minimal_changes)["_Search"]
CHANGE: Callable[..., Any] = SEARCH._change


def meeting_alone(gaps: Any, starts: list[int]) -> Any:
    duration = cast(PollTimes, vars(gaps)["_times"]).duration
    return gaps.missing_in([[(start, start + duration)] for start in starts])


def greedy(cost: Any, gains: Any, still: Any) -> tuple[Any, bool]:
    return vars(cheapest)["_small_cover"](cost, gains, still), True


def each_demand_alone(original: Callable[..., Any]) -> Callable[..., Any]:
    def bounds(cost: Any, demands: Demands) -> Any:
        return original(cost, demands) * 2

    return bounds


def start_alone(_: object, here: Any) -> list[int]:
    return [here.start]


def equal_is_above(original: Callable[..., Any]) -> Callable[..., Any]:
    def demands(crowd: Any, weight: int, besides: Any = None) -> Any:
        return original(crowd, weight - 1 if weight > 1 else weight, besides)

    return demands


def whoever(original: Callable[..., Any]) -> Callable[..., Any]:
    def change(search: Any, goal: Any, demands: Demands, _: object) -> Any:
        return original(search, goal, demands, None)

    return change


def nobody_is_useless(_: object) -> None: ...


def all_are_missed(crowd: Crowd, _: str) -> NDArray[np.bool_]:
    return np.ones(len(crowd), np.bool_)


def whole_group_out(original: Callable[..., Any]) -> Callable[..., Any]:
    def out(crowd: Any, rules: Any, present: Any) -> Any:
        found = original(crowd, rules, present)
        return None if found is None else found | (crowd.required & ~present) | ~present

    return out


def first_that_works(index: Any, rules: Any) -> Any:
    for duration in range(1, index.times.duration):
        leading = vars(relaxations)["_leading"](index.lasting(duration), rules)
        if leading is not None:
            return relaxations.Shorten(duration, leading)
    return None


def on_step_alone(original: Callable[..., Any]) -> Callable[..., Any]:
    def starts(index: Any) -> list[int]:
        return [t for t in original(index) if index.times.first_offered(t, t) is not None]

    return starts


CHANGE_BUGS: dict[str, tuple[str, Any]] = {
    "the buffers around a meeting are not missing": ("gaps.Gaps.missing", meeting_alone),
    "whoever brings most for it is asked first": ("cheapest._cover", greedy),
    "starts are given up too early": (
        "cheapest._at_least",
        each_demand_alone(vars(cheapest)["_at_least"]),
    ),
    "other starts in the range are not looked at": ("minimal_changes.starts_around", start_alone),
    "as many as before are enough": (
        "minimal_changes.weight_of",
        equal_is_above(minimal_changes.weight_of),
    ),
    "those who have not answered are asked": (
        "minimal_changes._Search._change",
        whoever(CHANGE),
    ),
    "whom a change brings to the one before counts": (
        "minimal_changes._Search._useless",
        nobody_is_useless,
    ),
    "everybody is missed for every rule": ("blockers._contributing", all_are_missed),
}
RELAXATION_BUGS: dict[str, tuple[str, Any]] = {
    "everybody absent is left out": (
        "relaxations._in_the_way",
        whole_group_out(vars(relaxations)["_in_the_way"]),
    ),
    "any shorter duration is good enough": (
        "relaxations._shorten",
        first_that_works,
    ),
    "only starts on the step are possible": (
        "relaxations.possible_starts",
        on_step_alone(relaxations.possible_starts),
    ),
}


@pytest.mark.parametrize("bug", CHANGE_BUGS)
def test_brute_force_notices_of_changes_that(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, wrong = CHANGE_BUGS[bug]
    monkeypatch.setattr(f"recommender.ranking.{where}", wrong)
    assert first_disagreement(change_disagreement, range(800)) is not None


@pytest.mark.parametrize("bug", RELAXATION_BUGS)
def test_brute_force_notices_of_relaxations_that(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, wrong = RELAXATION_BUGS[bug]
    monkeypatch.setattr(f"recommender.ranking.{where}", wrong)
    if bug == "any shorter duration is good enough":
        tried = vars(relaxations)["_ATTEMPTS"]
        monkeypatch.setitem(tried, "window_too_short", (wrong,))
    assert first_disagreement(relaxation_disagreement, range(600)) is not None
