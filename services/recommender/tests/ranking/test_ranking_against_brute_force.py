"""The ranking gives exactly the brute force's answer on thousands of random polls."""

import pytest
from random_polls import clock_change_poll, crowded_poll, demanding_poll, tiny_poll
from ranking_comparison import first_disagreement


@pytest.mark.parametrize("hundred", range(20))
def test_every_microsecond_is_ranked_as_by_brute_force(hundred: int) -> None:
    seeds = range(hundred * 100, hundred * 100 + 100)
    assert (found := first_disagreement(tiny_poll, seeds)) is None, found


@pytest.mark.parametrize("hundred", range(20))
def test_rules_are_kept_as_by_brute_force(hundred: int) -> None:
    seeds = range(hundred * 100, hundred * 100 + 100)
    assert (found := first_disagreement(demanding_poll, seeds)) is None, found


@pytest.mark.parametrize("hundred", range(3))
def test_polls_around_a_change_of_the_clock_are_ranked_as_by_brute_force(hundred: int) -> None:
    seeds = range(hundred * 100, hundred * 100 + 100)
    assert (found := first_disagreement(clock_change_poll, seeds)) is None, found


def test_crowded_polls_are_ranked_as_by_brute_force() -> None:
    assert (found := first_disagreement(crowded_poll, range(30))) is None, found


@pytest.mark.soak
@pytest.mark.parametrize("thousand", range(10, 110))
def test_a_hundred_thousand_more_are_ranked_as_by_brute_force(thousand: int) -> None:
    seeds = range(thousand * 1_000, thousand * 1_000 + 1_000)
    kinds = (tiny_poll, demanding_poll, demanding_poll, clock_change_poll)
    make = kinds[thousand % len(kinds)]
    assert (found := first_disagreement(make, seeds)) is None, found
