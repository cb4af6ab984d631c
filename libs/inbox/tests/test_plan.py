"""Which facts of a batch may be applied, from the sequences alone."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from inbox.plan import make_plan
from inbox.reading import Incoming, read_fact
from inbox.testing.owner import envelope_of

KEY = "00000000-0000-4000-8000-000000000001"
PLACE = ("polls", KEY)


def facts(*sequences: int) -> list[Incoming]:
    return [read_fact("polls", envelope_of(KEY, sequence)) for sequence in sequences]


def sequences(facts: Iterable[Incoming]) -> list[int]:
    return [fact.sequence for fact in facts]


def test_the_next_ones_are_applied_in_order() -> None:
    plan = make_plan(facts(6, 5, 7), {PLACE: 4}, set())
    assert sequences(plan.facts) == [5, 6, 7]
    assert plan.sequences == {PLACE: 7}


def test_what_was_seen_is_dropped() -> None:
    plan = make_plan(facts(3, 4, 4, 5), {PLACE: 4}, set())
    assert sequences(plan.facts) == [5]
    assert plan.duplicates == 3


def test_nothing_beyond_a_gap_is_applied() -> None:
    plan = make_plan(facts(1, 3, 4), {}, set())
    assert sequences(plan.facts) == [1]
    assert plan.gaps == {PLACE}


def test_nothing_beyond_an_unreadable_fact_is_applied() -> None:
    first, second, third = facts(1, 2, 3)
    plan = make_plan([first, replace(second, unreadable="because"), third], {}, set())
    assert sequences(plan.facts) == [1]
    assert sequences(plan.unreadable) == [2]
    assert (plan.held, plan.gaps) == (1, set())


def test_an_unreadable_fact_behind_a_gap_is_not_judged_yet() -> None:
    plan = make_plan([replace(facts(2)[0], unreadable="because")], {}, set())
    assert plan.gaps == {PLACE}
    assert plan.unreadable == []


def test_a_held_place_stays_as_it_is() -> None:
    plan = make_plan(facts(1, 2), {}, {PLACE})
    assert (plan.facts, plan.sequences, plan.held) == ([], {}, 2)


@given(seen=st.integers(0, 5), arrived=st.lists(st.integers(1, 9), max_size=12))
def test_whatever_arrives_is_applied_once_and_without_holes(seen: int, arrived: list[int]) -> None:
    plan = make_plan(facts(*arrived), {PLACE: seen}, set())
    last = plan.sequences.get(PLACE, seen)
    assert sequences(plan.facts) == list(range(seen + 1, last + 1))
    assert last + 1 not in arrived
    assert bool(plan.gaps) == any(sequence > last + 1 for sequence in arrived)
