"""The comparison with brute force is worth something: it notices each of these plausible bugs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from random_polls import tiny_poll
from ranking_comparison import first_disagreement

from recommender.ranking import rank as ranking
from recommender.ranking import score, starts
from recommender.ranking.starts import Rows
from recommender.ranking.times import PollTimes


def do_nothing(*_: object) -> None: ...


def without_single_instants(original: Callable[..., Any]) -> Callable[..., Any]:
    def legal(*args: Any) -> tuple[Any, ...]:
        lo, until, owner = original(*args)
        longer = until - lo > 1
        return lo[longer], until[longer], owner[longer]

    return legal


def half_open(original: Callable[..., Any]) -> Callable[..., Any]:
    def legal(*args: Any) -> tuple[Any, ...]:
        lo, until, owner = original(*args)
        return lo, until - 1, owner

    return legal


def touching_apart(owner: Any, start: Any, end: Any) -> Any:
    fresh = np.ones(len(owner), np.bool_)
    fresh[1:] = (owner[1:] != owner[:-1]) | (start[1:] >= end[:-1])
    return np.flatnonzero(fresh)


def own_time_alone(_: PollTimes, free: Rows) -> tuple[Any, Any]:
    return free.start, free.end


def unweighted(code: Any, _: object) -> Any:
    return score.delta(code, 1)


def on_utc_step(times: PollTimes, first: int, last: int) -> int | None:
    found = first + -first % times.step
    return found if found <= last else None


def meeting_alone(times: PollTimes, start: int) -> list[tuple[int, int]]:
    return [(start, start + times.duration)]


def give_up_when_overlapped(original: Callable[..., Any]) -> Callable[..., Any]:
    def offered(times: PollTimes, runs: Any, run: int, taken: list[int]) -> int | None:
        start = original(times, runs, run, [])
        if start is None or any(abs(start - other) < times.duration for other in taken):
            return None
        return start

    return offered


BUGS: dict[str, tuple[str, Any]] = {
    "a range of one instant is lost": (
        "starts._legal",
        without_single_instants(vars(starts)["_legal"]),
    ),
    "the last start is not legal": (
        "starts._legal",
        half_open(vars(starts)["_legal"]),
    ),
    "touching intervals do not join": (
        "starts._first_of_stretch",
        touching_apart,
    ),
    "time outside the slots is not free": (
        "starts._reach",
        own_time_alone,
    ),
    "the step is aligned to UTC": (
        "times.PollTimes.first_offered",
        on_utc_step,
    ),
    "a long common time is split": ("rank._drop_same_people", do_nothing),
    "an overlapped candidate is dropped whole": (
        "rank._offered",
        give_up_when_overlapped(vars(ranking)["_offered"]),
    ),
    "weights do not count": (
        "starts.delta",
        unweighted,
    ),
    "more if needed is better": ("score._REST", -vars(score)["_REST"]),
    "buffers are never missing": ("times.PollTimes.needed", meeting_alone),
}


@pytest.mark.parametrize("bug", BUGS)
def test_brute_force_notices_that(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, wrong = BUGS[bug]
    monkeypatch.setattr(f"recommender.ranking.{where}", wrong)
    assert first_disagreement(tiny_poll, range(400)) is not None
