"""The local wall clock decides which starts are offered, also on days of 23 or 25 hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pytest
from random_polls import ZONES, zone_offset

from recommender.ranking.times import DAY, MINUTE, PollTimes, WallClock, joined, uncovered

HOUR = 60 * MINUTE


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


def local(t: int, zone: str) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t)
    return f"{moment.astimezone(ZoneInfo(zone)):%d %H:%M}"


@pytest.mark.parametrize("zone", [*ZONES, "Africa/Casablanca", "UTC"])
def test_the_offset_over_a_year_is_the_zones_own(zone: str) -> None:
    start, end = instant("2026-01-01T00:00+00:00"), instant("2027-01-01T00:00+00:00")
    clock = WallClock.of(zone, start, end)
    for change in clock.changes:
        assert zone_offset(zone, change - 1) != zone_offset(zone, change)
    for t in range(start, end, 7 * HOUR):
        assert clock.offsets[sum(change <= t for change in clock.changes)] == zone_offset(zone, t)


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        WallClock.of("Europe/Atlantis", 0, DAY)


def starts_of_a_day(zone: str, day: str, step: int) -> list[str]:
    first = instant(day)
    last = first + 30 * HOUR
    clock, found = WallClock.of(zone, first, last), list[str]()
    start = clock.first_on_step(step, first, last)
    while start is not None:
        found.append(local(start, zone))
        start = clock.first_on_step(step, start + 1, last)
    return found


def test_the_hour_that_is_skipped_offers_no_start() -> None:
    found = starts_of_a_day("Europe/Berlin", "2026-03-29T00:00+01:00", 2 * HOUR)
    assert found[:4] == ["29 00:00", "29 04:00", "29 06:00", "29 08:00"]


def test_the_hour_that_comes_twice_offers_its_starts_twice() -> None:
    found = starts_of_a_day("Europe/Berlin", "2026-10-25T00:00+02:00", HOUR)
    assert found[:5] == ["25 00:00", "25 01:00", "25 02:00", "25 02:00", "25 03:00"]


def test_a_zone_off_by_three_quarters_of_an_hour_starts_on_its_own_full_hour() -> None:
    found = starts_of_a_day("Asia/Kathmandu", "2026-06-01T00:00+00:00", HOUR)
    assert found[0] == "01 06:00"


def test_stretches_found_to_be_off_the_step_really_are() -> None:
    clock = WallClock((2, -3), (50,))
    pairs = [(a, b) for a in range(30, 70) for b in range(a + 1, 71)]
    first, until = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    found = clock.surely_off_step(8, first, until)
    for (a, b), off in zip(pairs, found.tolist(), strict=True):
        empty = clock.first_on_step(8, a, b - 1) is None
        assert off == empty or (a < 50 < b and not off)


def test_spans_that_touch_or_overlap_become_one() -> None:
    assert joined([(5, 7), (1, 3), (3, 4), (6, 6), (2, 3)]) == [(1, 4), (5, 7)]


def test_what_is_needed_and_not_free_is_left() -> None:
    assert uncovered([(0, 10), (20, 30)], [(2, 4), (4, 5), (8, 22)]) == [(0, 2), (5, 8), (22, 30)]
    assert uncovered([(0, 10)], [(0, 10)]) == []
    assert uncovered([(0, 10)], []) == [(0, 10)]


@pytest.mark.parametrize("wrong", [{"duration": 0}, {"before": -1}, {"step": 7 * HOUR}])
def test_times_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    given = {"duration": HOUR, "step": HOUR, "before": 0, "after": 0} | wrong
    with pytest.raises(ValueError, match=r"a step divides|a duration is positive"):
        PollTimes(window=(0, DAY), slots=((0, DAY),), clock=WallClock(), **given)
