"""Puts random polls to the product and to the oracle, and finds where they differ."""

from collections.abc import Callable

from random_polls import RandomPoll, asked, index_of, ranked
from ranking_oracle import recommend, why_empty


def disagreement(poll: RandomPoll) -> str | None:
    """The first difference between the product and the oracle, if there is one."""
    index = index_of(poll.times, poll.people)
    expected = recommend(poll.oracle, poll.people, poll.demand)
    actual = ranked(index, poll.demand)
    for wanted, got in zip(expected, actual, strict=False):
        if wanted != got:
            return f"expected {wanted}\n     got {got}"
    if len(expected) != len(actual):
        return f"expected {len(expected)} recommendations, got {len(actual)}"
    reason = asked(index, poll.demand)[1].empty_reason
    wanted_reason = None if expected else why_empty(poll.oracle, poll.people, poll.demand)
    return None if reason == wanted_reason else f"expected {wanted_reason}, got {reason}"


def first_disagreement(make: Callable[[int], RandomPoll], seeds: range) -> str | None:
    for seed in seeds:
        poll = make(seed)
        if found := disagreement(poll):
            return f"seed {seed}: {poll}\n{found}"
    return None
