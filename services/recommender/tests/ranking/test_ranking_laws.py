"""Laws that hold of every poll, and of every way in which an index came to be."""

import random
from dataclasses import replace

import numpy as np
import pytest
from random_polls import (
    RandomPoll,
    asked,
    demanding_poll,
    index_of,
    intervals,
    person_of,
    ranked,
    tiny_poll,
)
from ranking_oracle import OracleDemand, OraclePerson, level_table

from recommender.ranking.index import PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import Ranking
from recommender.ranking.times import PollTimes, WallClock

SEEDS = range(5_000, 5_100)


def some_poll(seed: int) -> RandomPoll:
    """Every other one has rules."""
    return demanding_poll(seed) if seed % 2 else tiny_poll(seed)


def ranking(poll: RandomPoll, times: PollTimes, people: list[OraclePerson]) -> Ranking:
    return asked(index_of(times, people), poll.demand)[1]


def answer(poll: RandomPoll, times: PollTimes, people: list[OraclePerson]) -> object:
    return ranked(index_of(times, people), poll.demand)


def shifted(times: PollTimes, by: int) -> PollTimes:
    return replace(
        times,
        window=(times.window[0] + by, times.window[1] + by),
        slots=tuple((start + by, end + by) for start, end in times.slots),
        clock=WallClock(times.clock.offsets, tuple(each + by for each in times.clock.changes)),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_shifting_every_instant_shifts_the_answer(seed: int) -> None:
    poll = some_poll(seed)
    day = 24 * 60 * 60 * 1_000_000
    moved = [
        replace(person, intervals=tuple((s + day, e + day, level) for s, e, level in given))
        if (given := person.intervals) is not None
        else person
        for person in poll.people
    ]
    before = ranking(poll, poll.times, poll.people)
    after = ranking(poll, shifted(poll.times, day), moved)
    assert after.recommendations == tuple(
        each._replace(
            start=each.start + day,
            end=each.end + day,
            window=(each.window[0] + day, each.window[1] + day),
            latest_start=each.latest_start + day,
        )
        for each in before.recommendations
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_renaming_people_renames_them_in_the_answer(seed: int) -> None:
    poll = some_poll(seed)
    renamed = [replace(person, id="q" + person.id[1:]) for person in poll.people]
    ignored = frozenset("q" + id_[1:] for id_ in poll.demand.ignore)
    before = ranking(poll, poll.times, poll.people)
    otherwise = replace(poll, demand=replace(poll.demand, ignore=ignored))
    after = ranking(otherwise, poll.times, renamed)
    assert repr(after) == repr(before).replace("'p", "'q")


@pytest.mark.parametrize("seed", SEEDS)
def test_splitting_an_interval_in_two_touching_ones_changes_nothing(seed: int) -> None:
    poll = some_poll(seed)
    split = [
        replace(
            person,
            intervals=tuple(
                half
                for start, end, level in person.intervals or ()
                for half in ((start, start + 1, level), (start + 1, end, level))
                if half[0] < half[1]
            ),
        )
        if person.intervals is not None
        else person
        for person in poll.people
    ]
    assert answer(poll, poll.times, split) == answer(poll, poll.times, poll.people)


@pytest.mark.parametrize("seed", SEEDS)
def test_another_person_who_is_always_free_adds_one_to_every_best_count(seed: int) -> None:
    poll = tiny_poll(seed)
    before = rank(index_of(poll.times, poll.people))
    lo, hi = poll.times.window
    everywhere = OraclePerson("zoe", 1, ((lo, hi, 2),))
    after = rank(index_of(poll.times, [*poll.people, everywhere]))
    if before.recommendations:
        best, better = before.recommendations[0].score, after.recommendations[0].score
        assert better == best._replace(available=best.available + 1, weight=best.weight + 1)
    elif poll.times.fits_a_slot:
        assert after.recommendations[0].available == ("zoe",)


@pytest.mark.parametrize("seed", SEEDS)
def test_another_person_who_is_always_free_lowers_no_count_and_breaks_no_rule(seed: int) -> None:
    poll = demanding_poll(seed)
    poll = replace(poll, demand=replace(poll.demand, distinct=False, slots=False, limit=100))
    before = ranking(poll, poll.times, poll.people).recommendations
    everywhere = OraclePerson("zoe", 1, ((*poll.times.window, 2),))
    after = ranking(poll, poll.times, [*poll.people, everywhere]).recommendations
    better = {each.start: each for each in after}
    assert better.keys() >= {each.start for each in before}
    for each in before:
        now = better[each.start]
        assert set(now.unmet) <= set(each.unmet)
        assert now.available == tuple(sorted((*each.available, "zoe")))


@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_is_ignored_might_as_well_never_have_been_in_the_poll(seed: int) -> None:
    poll = demanding_poll(seed)
    rest = [person for person in poll.people if person.id not in poll.demand.ignore]
    nobody = replace(poll, demand=replace(poll.demand, ignore=frozenset()))
    assert ranking(poll, poll.times, poll.people) == ranking(nobody, poll.times, rest)
    index = index_of(poll.times, poll.people)
    before = asked(index, OracleDemand())
    index.without(poll.demand.ignore)
    assert asked(index, OracleDemand()) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_everybodys_level_is_known_at_every_start(seed: int) -> None:
    poll = tiny_poll(seed)
    index = index_of(poll.times, poll.people)
    ids = [index.id_of(number) for number in range(len(index))]
    people = {person.id: person for person in poll.people}
    table = level_table(poll.oracle, [people[id_] for id_ in ids])
    for (start, _), levels in table:
        assert tuple(index.attendance_at(start).tolist()) == levels
    for outside in (poll.times.window[0] - 1, poll.times.window[1]):
        assert not index.attendance_at(outside).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_index_kept_up_to_date_equals_one_built_anew(seed: int) -> None:
    poll, rng = some_poll(seed), random.Random(seed)
    kept, people = PollIndex(poll.times), dict[str, OraclePerson]()
    for _ in range(25):
        name = f"p{rng.randrange(6)}"
        if rng.random() < 0.25:
            people.pop(name, None)
            kept.remove(name)
        else:
            given = intervals(rng, poll.times.window, 1, (1, 3, 8, 15))
            answered = given if rng.random() < 0.8 else None
            groups = tuple(group for group in ("east", "west") if rng.random() < 0.5)
            people[name] = OraclePerson(
                name, rng.choice((1, 1, 4)), answered, rng.random() < 0.2, groups
            )
            kept.put(person_of(people[name]))
        asked(kept, poll.demand)  # whatever it keeps for the next time must not be stale then
    anew = index_of(poll.times, list(people.values()))
    assert rank(kept, limit=100) == rank(anew, limit=100)
    assert ranked(kept, poll.demand) == ranked(anew, poll.demand)
    assert rank(kept, limit=100, distinct=False) == rank(anew, limit=100, distinct=False)
    assert np.array_equal(kept.changes.time, anew.changes.time)
    assert np.array_equal(np.sort(kept.changes.delta), np.sort(anew.changes.delta))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_in_which_people_come_does_not_matter(seed: int) -> None:
    poll = some_poll(seed)
    people = [person_of(person) for person in poll.people]
    random.Random(seed).shuffle(people)
    one_by_one = PollIndex(poll.times)
    for person in people + people:
        one_by_one.put(person)
    expected = ranking(poll, poll.times, poll.people)
    assert repr(asked(one_by_one, poll.demand)[1]) == repr(expected)
