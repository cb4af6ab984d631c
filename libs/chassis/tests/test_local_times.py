"""Around every change of clocks skipped times are refused, and of two alike the first counts."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.bodies import NoSuchLocalTime, at_zone
from contracts.clock_changes import (
    CHANGES,
    DAY,
    FOLDS,
    GAPS,
    MINUTE,
    STEADY,
    ClockChange,
    walk,
)

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("gap", GAPS, ids=str)
def test_a_skipped_time_does_not_exist_and_those_beside_it_do(gap: ClockChange) -> None:
    for skipped in (gap.first, gap.first + MINUTE, gap.beyond - MINUTE, gap.beyond - SECOND):
        with pytest.raises(NoSuchLocalTime, match=gap.zone):
            at_zone(skipped, gap.zone)
    assert at_zone(gap.first - SECOND, gap.zone) == gap.at - SECOND
    assert at_zone(gap.beyond, gap.zone) == gap.at


@pytest.mark.parametrize("fold", FOLDS, ids=str)
def test_of_a_time_that_comes_twice_the_first_is_meant(fold: ClockChange) -> None:
    length = fold.beyond - fold.first
    for since in (timedelta(0), MINUTE, length - MINUTE):
        assert at_zone(fold.first + since, fold.zone) == fold.at - length + since
    # Before it and after it there is but one.
    assert at_zone(fold.first - MINUTE, fold.zone) == fold.at - length - MINUTE
    assert at_zone(fold.beyond, fold.zone) == fold.at + length


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_minute_of_the_day_is_where_the_clock_on_the_wall_has_it(
    change: ClockChange,
) -> None:
    steps = walk(change.zone, change.at - DAY, change.at + DAY)
    local = change.first - 4 * 60 * MINUTE
    while local < change.beyond + 4 * 60 * MINUTE:
        expected = steps.all_at(local)
        if expected:
            assert at_zone(local, change.zone) == expected[0]
        else:
            with pytest.raises(NoSuchLocalTime):
                at_zone(local, change.zone)
        local += 15 * MINUTE


@pytest.mark.parametrize("zone", STEADY)
def test_where_clocks_never_change_every_time_comes_once(zone: str) -> None:
    start = datetime(2027, 3, 27, tzinfo=UTC)
    steps = walk(zone, start, start + 2 * DAY)
    for instant, local in zip(steps.minutes[::7], steps.shown[::7], strict=True):
        assert at_zone(local, zone) == instant


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2026-12-01T09:00", "Asia/Kathmandu", "2026-12-01T03:15"),
        ("2026-12-01T09:00", "Asia/Kolkata", "2026-12-01T03:30"),
        ("2026-12-01T09:00", "Asia/Tehran", "2026-12-01T05:30"),
        ("2026-07-01T09:00", "Asia/Tehran", "2026-07-01T05:30"),
        ("2026-07-01T09:00", "America/Phoenix", "2026-07-01T16:00"),
        ("2027-01-01T00:00", "Pacific/Kiritimati", "2026-12-31T10:00"),
        ("2027-01-01T00:00", "Etc/GMT+12", "2027-01-01T12:00"),
        ("2027-01-01T00:00", "Pacific/Chatham", "2026-12-31T10:15"),
        ("2026-12-01T09:00", "America/Vancouver", "2026-12-01T16:00"),
        ("2026-12-01T09:00", "Africa/Casablanca", "2026-12-01T09:00"),
    ],
)
def test_by_hand(local: str, zone: str, instant: str) -> None:
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert at_zone(datetime.fromisoformat(local), zone) == expected
