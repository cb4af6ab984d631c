"""Normalising is judged by asking, instant by instant, who is free."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest

from availability.schedule import clip, normalise, outside
from contracts.fact import Span
from contracts.schedules import FreeInterval, Preference

START = datetime(2026, 12, 1, tzinfo=UTC)
RANK: dict[Preference, int] = {"if_needed": 1, "available": 2, "preferred": 3}


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def free(start: int, end: int, preference: Preference = "available") -> FreeInterval:
    return FreeInterval(start=at(start), end=at(end), preference=preference)


def level(intervals: tuple[FreeInterval, ...], instant: datetime) -> int:
    return max((RANK[i.preference] for i in intervals if i.start <= instant < i.end), default=0)


def test_touching_intervals_of_one_preference_are_one() -> None:
    assert normalise([free(60, 120), free(0, 60)]) == (free(0, 120),)


def test_touching_intervals_of_two_preferences_stay_two() -> None:
    both = (free(0, 60, "preferred"), free(60, 120))
    assert normalise(both) == both


def test_where_preferences_overlap_the_higher_wins() -> None:
    assert normalise([free(0, 180, "if_needed"), free(60, 120, "preferred")]) == (
        free(0, 60, "if_needed"),
        free(60, 120, "preferred"),
        free(120, 180, "if_needed"),
    )


@pytest.mark.parametrize("seed", range(200))
def test_at_every_instant_the_highest_preference_counts(seed: int) -> None:
    chance = random.Random(seed)
    preferences = list(RANK)
    given = tuple(
        free(start, start + chance.randint(1, 9), chance.choice(preferences))
        for start in (chance.randint(0, 30) for _ in range(chance.randint(0, 12)))
    )
    result = normalise(given)
    assert all(level(result, at(m)) == level(given, at(m)) for m in range(45))
    assert all(a.end <= b.start for a, b in itertools.pairwise(result))
    assert not any(
        a.end == b.start and a.preference == b.preference for a, b in itertools.pairwise(result)
    )
    assert normalise(result) == result
    assert normalise(given[::-1]) == result


def test_two_thousand_nested_intervals_stay_cheap() -> None:
    preferences = list(RANK)
    nested = [free(n, 9000 - n, preferences[n % 3]) for n in range(2000)]
    assert len(normalise(nested)) == 5


def test_clipping_keeps_what_lies_inside_and_drops_what_does_not() -> None:
    window = Span(start=at(60), end=at(120))
    given = [free(0, 60), free(30, 90, "preferred"), free(100, 200), free(120, 130)]
    assert clip(given, window) == (free(60, 90, "preferred"), free(100, 120))


def test_intervals_that_leave_the_window_are_named_by_their_position() -> None:
    window = Span(start=at(60), end=at(120))
    assert outside([free(60, 120), free(59, 70), free(110, 121)], window) == [1, 2]
