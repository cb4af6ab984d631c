"""The ranking gives exactly the brute force's answer on thousands of random polls."""

from collections.abc import Callable

import pytest
from random_polls import RandomPoll, clock_change_poll, crowded_poll, index_of, ranked, tiny_poll
from ranking_oracle import recommend


def disagreement(poll: RandomPoll) -> str | None:
    """The first difference between the product and the oracle, if there is one."""
    expected = recommend(poll.oracle, poll.people, poll.limit, poll.distinct)
    actual = ranked(index_of(poll.times, poll.people), poll.limit, poll.distinct)
    for wanted, got in zip(expected, actual, strict=False):
        if wanted != got:
            return f"expected {wanted}\n     got {got}"
    if len(expected) != len(actual):
        return f"expected {len(expected)} recommendations, got {len(actual)}"
    return None


def first_disagreement(make: Callable[[int], RandomPoll], seeds: range) -> str | None:
    for seed in seeds:
        poll = make(seed)
        if found := disagreement(poll):
            return f"seed {seed}: {poll}\n{found}"
    return None


@pytest.mark.parametrize("hundred", range(20))
def test_every_microsecond_is_ranked_as_by_brute_force(hundred: int) -> None:
    seeds = range(hundred * 100, hundred * 100 + 100)
    assert (found := first_disagreement(tiny_poll, seeds)) is None, found


@pytest.mark.parametrize("hundred", range(3))
def test_polls_around_a_change_of_the_clock_are_ranked_as_by_brute_force(hundred: int) -> None:
    seeds = range(hundred * 100, hundred * 100 + 100)
    assert (found := first_disagreement(clock_change_poll, seeds)) is None, found


def test_crowded_polls_are_ranked_as_by_brute_force() -> None:
    assert (found := first_disagreement(crowded_poll, range(30))) is None, found
