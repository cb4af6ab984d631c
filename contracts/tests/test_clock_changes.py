"""Slots on the days on which clocks change, in both hemispheres, by hand and minute by minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts.clock_changes import (
    CHANGES,
    DAY,
    MINUTE,
    STEADY,
    ZONES,
    ClockChange,
    changes_ahead,
    walk,
    walked_slots,
)
from contracts.fact import Span
from contracts.polls import DailyHours
from contracts.slots import slots

HOUR = timedelta(hours=1)
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "first", "changes"), ZONES, ids=[zone for zone, _, _ in ZONES])
def test_the_table_is_what_the_locked_rules_say(
    zone: str, first: int, changes: tuple[ClockChange, ...]
) -> None:
    assert FROM.astimezone(ZoneInfo(zone)).utcoffset() == first * MINUTE
    found = [*changes_ahead(zone, FROM), *changes_ahead(zone, FROM + 366 * DAY)]
    assert tuple(change for change in found if change.at < UNTIL) == changes


def test_the_table_has_both_hemispheres_and_every_odd_kind_of_change() -> None:
    jumps = {change.after - change.before for change in CHANGES}
    assert jumps == {60, -60, 30, -30, 120, -120}
    assert {change.at.month for change in CHANGES} == {2, 3, 4, 9, 10, 11}
    assert {change.at.year for change in CHANGES} == {2026, 2027}
    # At midnight, so that the day itself changes with the clocks.
    assert any(change.first.time() == time(0) for change in CHANGES)
    assert any(change.beyond.time() == time(0) for change in CHANGES)


def around(change: ClockChange) -> list[DailyHours]:
    """Hours that begin, end or lie in what is skipped or repeated, or around it, or overnight."""
    first, beyond = change.first, change.beyond
    middle = first + (beyond - first) // 2
    bounds = [
        (first, beyond),
        (middle, beyond + 2 * HOUR),
        (first - 2 * HOUR, middle),
        (first - HOUR, beyond + HOUR),
        (first, middle),
        (middle, beyond),
        (middle - 5 * MINUTE, middle + 5 * MINUTE),
        (beyond, first),
        (middle, middle),
        (first - 3 * HOUR, first),
        (beyond, beyond + HOUR),
    ]
    fixed = [("09:00", "18:00"), ("22:00", "06:00"), ("00:00", "00:00"), ("23:30", "00:30")]
    return [DailyHours(start=a.time(), end=b.time()) for a, b in bounds if a.time() != b.time()] + [
        DailyHours(start=time.fromisoformat(a), end=time.fromisoformat(b)) for a, b in fixed
    ]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_around_a_change_slots_are_those_of_the_clock_on_the_wall(change: ClockChange) -> None:
    window = Span(start=change.at - 27 * HOUR, end=change.at + 29 * HOUR)
    for hours in around(change):
        found = slots(window, hours, ZoneInfo(change.zone))
        assert list(found) == walked_slots(window, hours, change.zone), hours


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_window_that_begins_or_ends_at_the_change_is_cut_there(change: ClockChange) -> None:
    for start, end in ((-9 * HOUR, 0 * HOUR), (0 * HOUR, 9 * HOUR)):
        window = Span(start=change.at + start, end=change.at + end)
        for hours in around(change):
            found = slots(window, hours, ZoneInfo(change.zone))
            assert list(found) == walked_slots(window, hours, change.zone), hours


@pytest.mark.parametrize("zone", STEADY)
def test_where_clocks_never_change_every_day_has_the_same_hours(zone: str) -> None:
    window = Span(start=datetime(2027, 3, 27, tzinfo=UTC), end=datetime(2027, 3, 30, tzinfo=UTC))
    for start, end in (("09:00", "18:00"), ("22:00", "06:00"), ("02:30", "03:30")):
        hours = DailyHours(start=time.fromisoformat(start), end=time.fromisoformat(end))
        found = slots(window, hours, ZoneInfo(zone))
        assert list(found) == walked_slots(window, hours, zone)


@pytest.mark.parametrize(
    ("zone", "hours", "window", "expected"),
    [
        # A night of a day of 23 hours, and one of a day of 25.
        (
            "Europe/Berlin", ("22:00", "06:00"), ("2027-03-27T12:00", "2027-03-28T12:00"),
            [("2027-03-27T21:00", "2027-03-28T04:00")],
        ),
        (
            "Europe/Berlin", ("22:00", "06:00"), ("2026-10-24T12:00", "2026-10-25T12:00"),
            [("2026-10-24T20:00", "2026-10-25T05:00")],
        ),
        # The same hours before and after the change, on either side of the year.
        (
            "America/New_York", ("09:00", "10:00"), ("2026-10-31T00:00", "2026-11-02T00:00"),
            [("2026-10-31T13:00", "2026-10-31T14:00"), ("2026-11-01T14:00", "2026-11-01T15:00")],
        ),
        (
            "Australia/Sydney", ("09:00", "10:00"), ("2026-10-02T12:00", "2026-10-04T12:00"),
            [("2026-10-02T23:00", "2026-10-03T00:00"), ("2026-10-03T22:00", "2026-10-03T23:00")],
        ),
        # Santiago's clocks change at midnight: 5 September 2027 begins at one o'clock, and the last
        # hour of 3 April comes twice.
        (
            "America/Santiago", ("00:00", "02:00"), ("2027-09-05T00:00", "2027-09-05T12:00"),
            [("2027-09-05T04:00", "2027-09-05T05:00")],
        ),
        (
            "America/Santiago", ("23:30", "00:30"), ("2027-04-03T12:00", "2027-04-04T12:00"),
            [("2027-04-04T02:30", "2027-04-04T04:30")],
        ),
        # Two hours at once.
        (
            "Antarctica/Troll", ("00:00", "04:00"), ("2027-03-28T00:00", "2027-03-28T12:00"),
            [("2027-03-28T00:00", "2027-03-28T02:00")],
        ),
        (
            "Antarctica/Troll", ("02:00", "04:00"), ("2027-10-30T22:00", "2027-10-31T12:00"),
            [("2027-10-31T00:00", "2027-10-31T04:00")],
        ),
        # Half an hour, in a zone that is half an hour off.
        (
            "Australia/Lord_Howe", ("01:00", "03:00"), ("2026-10-03T12:00", "2026-10-04T12:00"),
            [("2026-10-03T14:30", "2026-10-03T16:00")],
        ),
        # Three quarters of an hour off; the clocks change at a quarter to three.
        (
            "Pacific/Chatham", ("03:00", "04:00"), ("2026-09-26T12:00", "2026-09-27T12:00"),
            [("2026-09-26T14:00", "2026-09-26T14:15")],
        ),
        # Dublin's summer time is the standard one: nothing depends on which is called what.
        (
            "Europe/Dublin", ("01:30", "02:30"), ("2026-10-25T00:00", "2026-10-25T12:00"),
            [("2026-10-25T00:30", "2026-10-25T02:30")],
        ),
        # Morocco went back for good in September 2026.
        (
            "Africa/Casablanca", ("09:00", "10:00"), ("2026-09-19T00:00", "2026-09-21T00:00"),
            [("2026-09-19T08:00", "2026-09-19T09:00"), ("2026-09-20T09:00", "2026-09-20T10:00")],
        ),
        # A day apart on the two sides of the date line, at the same moment.
        (
            "Pacific/Kiritimati", ("09:00", "10:00"), ("2026-12-01T12:00", "2026-12-02T12:00"),
            [("2026-12-01T19:00", "2026-12-01T20:00")],
        ),
        (
            "Etc/GMT+12", ("07:00", "08:00"), ("2026-12-01T12:00", "2026-12-02T12:00"),
            [("2026-12-01T19:00", "2026-12-01T20:00")],
        ),
    ],
)  # fmt: skip
def test_by_hand(
    zone: str,
    hours: tuple[str, str],
    window: tuple[str, str],
    expected: list[tuple[str, str]],
) -> None:
    daily = DailyHours(start=time.fromisoformat(hours[0]), end=time.fromisoformat(hours[1]))
    found = slots(span(window), daily, ZoneInfo(zone))
    assert list(found) == [span(one) for one in expected]


@pytest.mark.parametrize(
    ("zone", "names", "expected"),
    [
        # Tuesday there is still Monday here.
        ("Pacific/Kiritimati", ("tue",), [("2026-11-30T10:00", "2026-12-01T10:00")]),
        ("Etc/GMT+12", ("mon",), [("2026-11-30T12:00", "2026-12-01T12:00")]),
        ("Pacific/Pago_Pago", ("mon",), [("2026-11-30T11:00", "2026-12-01T11:00")]),
        ("Pacific/Apia", ("tue",), [("2026-11-30T11:00", "2026-12-01T11:00")]),
    ],
)
def test_days_are_those_of_the_zone(
    zone: str, names: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    whole_days = DailyHours.model_validate({"start": "00:00", "end": "00:00", "days": names})
    window = span(("2026-11-29T00:00", "2026-12-04T00:00"))
    assert list(slots(window, whole_days, ZoneInfo(zone))) == [span(one) for one in expected]


def test_a_walk_finds_what_comes_twice_and_what_never_does() -> None:
    change = next(change for change in CHANGES if str(change) == "Europe/Berlin 2026-10-25")
    steps = walk(change.zone, change.at - DAY, change.at + DAY)
    assert len(steps.all_at(datetime(2026, 10, 25, 2, 30))) == 2
    assert steps.first_at(datetime(2026, 10, 25, 2, 30)) == change.at - 30 * MINUTE


def span(bounds: tuple[str, str]) -> Span:
    start, end = (datetime.fromisoformat(bound).replace(tzinfo=UTC) for bound in bounds)
    return Span(start=start, end=end)
