"""The comparison with brute force is worth something: it notices each of these plausible bugs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from random_polls import demanding_poll, tiny_poll
from ranking_comparison import first_disagreement

from recommender.ranking import rank as ranking
from recommender.ranking import rules, score, starts
from recommender.ranking.index import PollIndex
from recommender.ranking.rules import Rules
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
    def offered(times: PollTimes, runs: Any, run: int, taken: list[int], since: int) -> int | None:
        start = original(times, runs, run, [], since)
        if start is None or any(abs(start - other) < times.duration for other in taken):
            return None
        return start

    return offered


def everyone_counts_for(original: Callable[..., Any]) -> Callable[..., Any]:
    def running_count(index: Any, demand: Any) -> Any:
        return original(index, replace(demand, members=None))

    return running_count


def all_of_the_group(original: Callable[..., Any]) -> Callable[..., Any]:
    def demands(index: Any, demanded: Rules) -> Any:
        wanted = {rule.name: rule.at_least for rule in demanded.groups}
        for each in original(index, demanded):
            yield replace(
                each, at_least=wanted.get(each.code.removeprefix("group:"), each.at_least)
            )

    return demands


def of_those_who_answered(original: Callable[..., Any]) -> Callable[..., Any]:
    def demands(index: Any, demanded: Rules) -> Any:
        share = demanded.min_percentage * np.count_nonzero(index.answered) / 100
        for each in original(index, demanded):
            percentage = each.code == "min_percentage"
            yield replace(each, at_least=share) if percentage else each

    return demands


def left_out_whole(runs: Any, met: Any, _: bool) -> None:
    runs.score[~met] = -1


def not_told_apart(_runs: Any, _met: Any, _include: bool) -> None: ...


def no_codes(*_: object) -> tuple[str, ...]:
    return ()


def one_after_the_other(times: PollTimes, start: int, last: int, *_: object) -> list[int]:
    return list(range(start + times.duration, last + 1, times.duration))


def overlapping_slots(original: Callable[..., Any]) -> Callable[..., Any]:
    def following(times: Any, start: int, last: int, _: Any, at_most: int) -> Any:
        return original(times, start, last, [], at_most)

    return following


def ignored_but_counted(index: PollIndex, ignored: frozenset[str]) -> PollIndex:
    people = [person for id_ in index.roster.ids if (person := index.person(id_)) is not None]
    quiet = [
        person._replace(schedule=None) if person.id in ignored else person for person in people
    ]
    return PollIndex(index.times, quiet)


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

RULE_BUGS: dict[str, tuple[str, Any]] = {
    "anybody counts for a group": (
        "rules._running_count",
        everyone_counts_for(vars(rules)["_running_count"]),
    ),
    "a small group can never be enough": (
        "rules._demands",
        all_of_the_group(vars(rules)["_demands"]),
    ),
    "a percentage is of those who answered": (
        "rules._demands",
        of_those_who_answered(vars(rules)["_demands"]),
    ),
    "nothing that breaks a rule is shown": ("rank._judge", left_out_whole),
    "rules change nothing in the order": ("rank._judge", not_told_apart),
    "it is not told which rules are broken": ("attendance.unmet", no_codes),
    "slots do not return to the step": ("rank._following", one_after_the_other),
    "slots overlap what was taken": (
        "rank._following",
        overlapping_slots(vars(ranking)["_following"]),
    ),
    "whoever is ignored counts for the rules": ("index.PollIndex.without", ignored_but_counted),
    "keeping the rules is worth less than people": ("rank.MET", 0),
}


@pytest.mark.parametrize("bug", BUGS)
def test_brute_force_notices_that(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, wrong = BUGS[bug]
    monkeypatch.setattr(f"recommender.ranking.{where}", wrong)
    assert first_disagreement(tiny_poll, range(400)) is not None


@pytest.mark.parametrize("bug", RULE_BUGS)
def test_brute_force_notices_of_rules_that(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, wrong = RULE_BUGS[bug]
    monkeypatch.setattr(f"recommender.ranking.{where}", wrong)
    assert first_disagreement(demanding_poll, range(1_000)) is not None
