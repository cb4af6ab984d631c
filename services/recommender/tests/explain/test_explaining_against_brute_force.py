"""Changes and relaxations are exactly those of brute force on hundreds of random polls."""

import pytest
from explain_comparison import (
    change_disagreement,
    first_disagreement,
    relaxation_disagreement,
)


@pytest.mark.parametrize("hundred", range(8))
def test_changes_and_blockers_are_those_of_brute_force(hundred: int) -> None:
    seeds = range(hundred * 100, hundred * 100 + 100)
    assert (found := first_disagreement(change_disagreement, seeds)) is None, found


@pytest.mark.parametrize("hundred", range(6))
def test_relaxations_are_those_of_brute_force(hundred: int) -> None:
    seeds = range(hundred * 100, hundred * 100 + 100)
    assert (found := first_disagreement(relaxation_disagreement, seeds)) is None, found


@pytest.mark.soak
@pytest.mark.parametrize("thousand", range(1, 11))
def test_ten_thousand_more_are_those_of_brute_force(thousand: int) -> None:
    seeds = range(thousand * 1_000, thousand * 1_000 + 1_000)
    assert (found := first_disagreement(change_disagreement, seeds)) is None, found
    assert (found := first_disagreement(relaxation_disagreement, seeds)) is None, found
