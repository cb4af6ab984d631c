"""Puts random polls to the product and to the oracle, and finds where they differ."""

from collections.abc import Callable

from random_polls import RandomPoll, index_of, ranked
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
