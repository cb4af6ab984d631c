"""What is broken when is a function of the seed, and nothing is broken twice at once."""

import pytest

from chaos.plan import KINDS, make_plan

SECONDS = 60


def test_the_same_seed_gives_the_same_plan() -> None:
    assert make_plan(7, 10, SECONDS) == make_plan(7, 10, SECONDS)
    assert make_plan(7, 10, SECONDS) != make_plan(8, 10, SECONDS)


def test_a_hundred_faults_over_ten_seeds_are_of_every_kind() -> None:
    plans = [make_plan(seed, 10, SECONDS) for seed in range(10)]
    assert {len(plan) for plan in plans} == {10}
    assert {fault.kind for plan in plans for fault in plan} == set(KINDS)


@pytest.mark.parametrize("seed", range(50))
def test_nothing_is_broken_again_before_it_is_whole(seed: int) -> None:
    plan = make_plan(seed, 10, SECONDS)
    for first, second in ((a, b) for a in plan for b in plan if a < b):
        whole = {first.victim, first.victim.rsplit("-", 1)[0]}
        if second.victim in whole or second.victim.rsplit("-", 1)[0] == first.victim:
            assert second.at >= first.at + first.length
    assert all(fault.victim in KINDS[fault.kind] for fault in plan)
