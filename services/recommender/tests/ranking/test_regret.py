"""A decision is regretted as by brute force: for people, not for weight, and not for rules."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from random_polls import RandomPoll, clock_change_poll, demanding_poll, index_of, tiny_poll
from regret_oracle import regret

from recommender.ranking.index import Person, PollIndex
from recommender.ranking.regretted import Better, regretted
from recommender.ranking.rules import GroupRule, Rules
from recommender.ranking.schedules import AVAILABLE, pack
from recommender.ranking.times import PollTimes, WallClock


def rules_of(poll: RandomPoll) -> Rules:
    demand = poll.demand
    groups = tuple(GroupRule(*group) for group in demand.groups)
    return Rules(demand.min_available, demand.min_percentage, groups)


def disagreement(make: Callable[[int], RandomPoll], seeds: range) -> str | None:
    """The first one between the product and brute force; and there is something to regret."""
    regrets = 0
    for seed in seeds:
        rng, poll = random.Random(seed), make(seed)
        poll = replace(poll, demand=replace(poll.demand, ignore=frozenset()))
        unit, (lo, hi) = poll.oracle.unit, poll.times.window
        index = index_of(poll.times, poll.people)
        for _ in range(4):
            decided = rng.randrange(lo - unit, hi, unit)
            now = rng.choice((lo - 1, lo - 1, decided - 1, rng.randrange(lo, hi)))
            least = rng.choice((1, 1, 2, 3))
            expected = regret(poll.oracle, poll.people, poll.demand, decided, now, least)
            found = regretted(index, rules_of(poll), decided, now=now, people=least)
            if found != expected:
                return f"seed {seed}, {decided} at {now}: expected {expected}, got {found}"
            regrets += expected is not None
    return None if regrets > len(seeds) // 10 else "hardly anything was regretted"


@pytest.mark.parametrize("make", [tiny_poll, demanding_poll])
@pytest.mark.parametrize("hundred", range(6))
def test_it_is_as_by_brute_force(make: Callable[[int], RandomPoll], hundred: int) -> None:
    seeds = range(hundred * 100, hundred * 100 + 100)
    assert (found := disagreement(make, seeds)) is None, found


def test_it_is_as_by_brute_force_around_a_change_of_the_clock() -> None:
    assert (found := disagreement(clock_change_poll, range(40))) is None, found


@pytest.mark.soak
@pytest.mark.parametrize("thousand", range(10, 30))
def test_it_is_as_by_brute_force_in_many_more_polls(thousand: int) -> None:
    seeds = range(thousand * 1_000, thousand * 1_000 + 1_000)
    kinds = (tiny_poll, demanding_poll)
    assert (found := disagreement(kinds[thousand % 2], seeds)) is None, found


TIMES = PollTimes(
    window=(0, 100), slots=((0, 40), (60, 100)), duration=10, step=10, clock=WallClock()
)


def free(name: str, *spans: tuple[int, int], **standing: Any) -> Person:
    return Person(name, schedule=pack((a, b, AVAILABLE) for a, b in spans), **standing)


def found(
    *people: Person, decided: int = 0, now: int = -1, least: int = 1, rules: Rules | None = None
) -> Better | None:
    index = PollIndex(TIMES, people)
    return regretted(index, rules or Rules(), decided, now=now, people=least)


ANN, BEN, CEM = free("ann", (0, 30)), free("ben", (10, 30)), free("cem", (20, 30))


def test_the_start_to_which_the_most_can_come_is_better_by_so_many() -> None:
    assert found(ANN, BEN, CEM) == Better(20, 2)
    assert found(ANN, BEN, CEM, decided=10) == Better(20, 1)
    assert found(ANN, BEN, CEM, decided=20) is None


def test_fewer_than_were_asked_for_are_not_worth_a_word() -> None:
    assert found(ANN, BEN, CEM, least=2) == Better(20, 2)
    assert found(ANN, BEN, CEM, least=3) is None


def test_people_count_and_not_their_weight() -> None:
    boss = free("boss", (0, 10), weight=100)
    assert found(boss, BEN, CEM) == Better(20, 1)
    assert found(boss, BEN) is None


def test_what_is_over_is_neither_regretted_nor_better() -> None:
    assert found(ANN, BEN, CEM, decided=10, now=10) is None
    assert found(BEN, free("dan", (0, 10)), decided=60, now=5) == Better(10, 1)
    assert found(CEM, decided=60, now=20) is None


def test_a_better_start_breaks_no_rule_that_the_decided_one_keeps() -> None:
    lead = free("lead", (0, 10), required=True)
    assert found(lead, BEN, CEM) is None
    late_lead = free("lead", (60, 70), required=True)
    assert found(late_lead, ANN, BEN, CEM) == Better(20, 2)  # it is broken anyhow
    assert found(ANN, BEN, rules=Rules(min_available=3)) == Better(10, 1)
    team = Rules(groups=(GroupRule("team", 1),))
    assert found(free("ann", (0, 10), groups=("team",)), BEN, CEM, rules=team) is None


def test_nobody_was_asked_about_a_time_outside_the_slots() -> None:
    assert found(ANN, BEN, CEM, decided=45) is None
    assert found(ANN, BEN, CEM, decided=35) is None


def test_who_has_not_answered_counts_nowhere() -> None:
    assert found(ANN, Person("eve"), Person("fay")) is None


def test_where_nobody_has_the_time_any_more_every_other_is_better() -> None:
    assert found(ANN, decided=60) == Better(0, 1)
    assert found(decided=60) is None
