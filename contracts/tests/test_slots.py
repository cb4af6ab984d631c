from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fact import Span
from contracts.polls import DailyHours, Weekday
from contracts.slots import length_of, slots

EVERY_DAY: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "America/New_York",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "America/Havana",
    "Africa/Cairo",
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> Span:
    return Span(start=utc(start), end=utc(end))


def hours(start: str, end: str, days: tuple[Weekday, ...] = EVERY_DAY) -> DailyHours:
    return DailyHours(start=time.fromisoformat(start), end=time.fromisoformat(end), days=days)


def in_zone(zone: str, window: Span, daily: DailyHours | None) -> tuple[Span, ...]:
    return slots(window, daily, ZoneInfo(zone))


def test_without_hours_the_window_is_the_slot() -> None:
    window = span("2026-12-01T08:00", "2026-12-05T17:00")
    assert in_zone("Europe/Berlin", window, None) == (window,)


def test_each_named_day_gives_its_hours_cut_to_the_window() -> None:
    # 2026-12-04 is a Friday.
    window = span("2026-12-04T10:00", "2026-12-07T12:00")
    workdays = hours("09:00", "18:00", ("mon", "tue", "wed", "thu", "fri"))
    assert in_zone("Europe/Berlin", window, workdays) == (
        span("2026-12-04T10:00", "2026-12-04T17:00"),
        span("2026-12-07T08:00", "2026-12-07T12:00"),
    )


def test_a_window_between_the_hours_has_no_slot() -> None:
    window = span("2026-12-01T19:00", "2026-12-01T23:00")
    assert in_zone("UTC", window, hours("09:00", "18:00")) == ()


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    window = span("2026-12-01T00:00", "2026-12-03T00:00")
    assert in_zone("UTC", window, hours("22:00", "02:00", ("mon", "tue"))) == (
        span("2026-12-01T00:00", "2026-12-01T02:00"),
        span("2026-12-01T22:00", "2026-12-02T02:00"),
    )


@pytest.mark.parametrize("bound", ["00:00", "09:00"])
def test_hours_that_end_where_they_start_are_the_whole_day_and_join(bound: str) -> None:
    window = span("2026-12-01T05:00", "2026-12-05T17:00")
    assert in_zone("UTC", window, hours(bound, bound)) == (window,)


@pytest.mark.parametrize(
    ("zone", "day", "start", "expected"),
    [
        # The clocks go forward: a skipped bound moves to the jump.
        ("Europe/Berlin", "2027-03-28", "02:30", ("2027-03-28T01:00", "2027-03-28T02:00")),
        ("America/New_York", "2027-03-14", "02:30", ("2027-03-14T07:00", "2027-03-14T08:00")),
        ("Pacific/Auckland", "2026-09-27", "02:30", ("2026-09-26T14:00", "2026-09-26T15:00")),
        # Lord Howe skips half an hour, 02:00 to 02:30.
        ("Australia/Lord_Howe", "2026-10-04", "02:10", ("2026-10-03T15:30", "2026-10-03T17:00")),
        # The clocks go back: a repeated bound is its first occurrence.
        ("Europe/Berlin", "2026-10-25", "02:30", ("2026-10-25T00:30", "2026-10-25T03:00")),
        ("America/New_York", "2026-11-01", "01:30", ("2026-11-01T05:30", "2026-11-01T09:00")),
        ("Pacific/Auckland", "2027-04-04", "02:30", ("2027-04-03T13:30", "2027-04-03T16:00")),
        # Lord Howe repeats half an hour, 01:30 to 02:00.
        ("Australia/Lord_Howe", "2027-04-04", "01:45", ("2027-04-03T14:45", "2027-04-03T17:30")),
        # No change at all.
        ("Asia/Kathmandu", "2027-03-28", "02:30", ("2027-03-27T20:45", "2027-03-27T22:15")),
    ],
)
def test_the_days_on_which_the_clocks_change(
    zone: str, day: str, start: str, expected: tuple[str, str]
) -> None:
    noon = datetime.combine(date.fromisoformat(day), time(12), ZoneInfo(zone)).astimezone(UTC)
    window = Span(start=noon - timedelta(hours=12), end=noon)
    assert in_zone(zone, window, hours(start, "04:00")) == (span(*expected),)


def test_hours_that_lie_in_a_gap_give_no_slot_that_day() -> None:
    window = span("2027-03-27T12:00", "2027-03-29T12:00")
    assert in_zone("Europe/Berlin", window, hours("02:10", "02:50")) == (
        span("2027-03-29T00:10", "2027-03-29T00:50"),
    )


def test_a_day_that_a_zone_skipped_gives_no_slot() -> None:
    window = span("2011-12-29T00:00", "2012-01-02T00:00")
    found = in_zone("Pacific/Apia", window, hours("09:00", "18:00"))
    days = [slot.start.astimezone(ZoneInfo("Pacific/Apia")).date().isoformat() for slot in found]
    assert days == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]


def test_a_midnight_that_comes_twice_leaves_no_hole_between_whole_days() -> None:
    window = span("2026-10-30T00:00", "2026-11-03T00:00")
    assert in_zone("America/Havana", window, hours("00:00", "00:00")) == (window,)


def test_the_length_of_ordinary_hours() -> None:
    assert length_of(hours("09:00", "18:00")) == timedelta(hours=9)
    assert length_of(hours("22:00", "02:00")) == timedelta(hours=4)
    assert length_of(hours("00:00", "00:00")) == timedelta(hours=24)


def window_of(start: datetime, length: timedelta) -> Span:
    return Span(start=start, end=start + length)


minutes = st.integers(0, 24 * 60 - 1).map(lambda n: time(n // 60, n % 60))
days = st.sets(st.sampled_from(EVERY_DAY), min_size=1).map(tuple[Weekday, ...])
windows = st.builds(
    window_of,
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(minutes=1), timedelta(days=12)),
)


@given(
    st.sampled_from(ZONES), windows, st.builds(DailyHours, start=minutes, end=minutes, days=days)
)
def test_slots_are_disjoint_in_order_and_inside_the_window(
    zone: str, window: Span, daily: DailyHours
) -> None:
    found = in_zone(zone, window, daily)
    edges = [window.start, *(edge for slot in found for edge in (slot.start, slot.end))]
    assert all(slot.start < slot.end for slot in found)
    assert all(a < b for a, b in zip(edges[2::2], edges[3::2], strict=False))
    assert edges == sorted(edges)
    assert edges[-1] <= window.end


@given(
    st.sampled_from(ZONES),
    windows,
    st.builds(DailyHours, start=minutes, end=minutes, days=days),
    st.floats(0, 0.999999),  # nearer to 1, a moment is rounded to the end of the window
)
def test_away_from_changes_of_the_clock_a_moment_is_in_a_slot_when_its_local_time_is_in_the_hours(
    zone: str, window: Span, daily: DailyHours, where: float
) -> None:
    moment = window.start + where * (window.end - window.start)
    tz = ZoneInfo(zone)
    day = timedelta(days=1)
    offsets = {(moment + n * day).astimezone(tz).utcoffset() for n in (-2, -1, 0, 1, 2)}
    if len(offsets) > 1:
        return
    local = moment.astimezone(tz)
    names = {n: EVERY_DAY[(local + n * day).weekday()] for n in (-1, 0)}
    if daily.start < daily.end:
        inside = daily.start <= local.time() < daily.end and names[0] in daily.days
    else:
        inside = (local.time() >= daily.start and names[0] in daily.days) or (
            local.time() < daily.end and names[-1] in daily.days
        )
    assert any(s.start <= moment < s.end for s in in_zone(zone, window, daily)) == inside
