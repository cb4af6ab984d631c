"""Both hemispheres' changes of 2026 and 2027, in zones of all kinds."""

from datetime import datetime, timedelta

import pytest

from availability.calendars.testing import Wish, busy, calendar, event, found, seconds, spans, wish

DAILY = ("DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
CHANGES = [
    # The day before a change, its zone, and 09:00 there on three days, in UTC.
    ("2026-03-28", "Europe/Berlin", ["03-28 08:00", "03-29 07:00", "03-30 07:00"]),
    ("2026-10-24", "Europe/Berlin", ["10-24 07:00", "10-25 08:00", "10-26 08:00"]),
    ("2027-03-13", "America/New_York", ["03-13 14:00", "03-14 13:00", "03-15 13:00"]),
    ("2027-11-06", "America/New_York", ["11-06 13:00", "11-07 14:00", "11-08 14:00"]),
    ("2026-04-04", "Australia/Lord_Howe", ["04-03 22:00", "04-04 22:30", "04-05 22:30"]),
    ("2026-10-03", "Australia/Lord_Howe", ["10-02 22:30", "10-03 22:00", "10-04 22:00"]),
    ("2027-04-03", "Pacific/Chatham", ["04-02 19:15", "04-03 20:15", "04-04 20:15"]),
    ("2026-09-26", "Pacific/Chatham", ["09-25 20:15", "09-26 19:15", "09-27 19:15"]),
    ("2026-03-28", "Asia/Kathmandu", ["03-28 03:15", "03-29 03:15", "03-30 03:15"]),
    ("2026-03-28", "Pacific/Kiritimati", ["03-27 19:00", "03-28 19:00", "03-29 19:00"]),
]


def around(day: str) -> tuple[str, str]:
    middle = datetime.fromisoformat(f"{day}T00:00Z")
    nine = timedelta(days=9)
    return (middle - nine).isoformat(), (middle + nine).isoformat()


@pytest.mark.parametrize(("day", "zone", "expected"), CHANGES)
@pytest.mark.parametrize("floating", [True, False])
def test_a_daily_meeting_stays_at_its_local_time(
    day: str, zone: str, expected: list[str], floating: bool
) -> None:
    start = f"{day.replace('-', '')}T090000"
    begins = f"DTSTART:{start}" if floating else f"DTSTART;TZID={zone}:{start}"
    asked = wish(around(day), zone if floating else "Asia/Tokyo")
    starts = [span.partition("/")[0] for span in busy(calendar(event(begins, *DAILY)), asked)]
    assert starts == expected


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2027-04-04", "Pacific/Chatham", 25),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
        ("2026-12-01", "Asia/Kathmandu", 24),
    ],
)
def test_a_day_as_a_whole_is_as_long_as_that_day_is(day: str, zone: str, hours: float) -> None:
    content = calendar(event(f"DTSTART;VALUE=DATE:{day.replace('-', '')}"))
    ((start, end),) = found(content, wish(around(day), zone)).busy
    assert (end - start) / 3600 == hours


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        # Skipped: it counts from the offset before.
        ("20260329T023000", "03-29 01:30/02:30"),
        # Comes twice: the first.
        ("20261025T023000", "10-25 00:30/01:30"),
    ],
)
def test_a_time_that_does_not_come_once_is_the_one_of_rfc_5545(local: str, expected: str) -> None:
    content = calendar(event(f"DTSTART;TZID=Europe/Berlin:{local}", "DURATION:PT1H"))
    year = ("2026-03-01T00:00Z", "2026-11-20T00:00Z")
    assert busy(content, wish(year, "Asia/Tokyo")) == [expected]


def test_an_end_is_exact_and_a_duration_in_days_is_not() -> None:
    exact = event(
        "DTSTART;TZID=Europe/Berlin:20261023T220000",
        "DTEND;TZID=Europe/Berlin:20261024T060000",
        "RRULE:FREQ=DAILY;COUNT=2",
    )
    window = wish(("2026-10-20T00:00Z", "2026-11-01T00:00Z"))
    assert busy(calendar(exact), window) == [
        "10-23 20:00/10-24 04:00",
        "10-24 20:00/10-25 04:00",
    ]
    nominal = event("DTSTART;TZID=Europe/Berlin:20261024T220000", "DURATION:P1D")
    assert busy(calendar(nominal), window) == ["10-24 20:00/10-25 21:00"]


def test_working_hours_keep_to_the_local_clock_over_a_change() -> None:
    asked = Wish(
        seconds("2026-10-23T00:00Z"),
        seconds("2026-10-28T00:00Z"),
        "Europe/Berlin",
        hours=(9 * 60, 17 * 60, (0, 4)),
    )
    assert spans(found(calendar(), asked).free) == ["10-23 07:00/15:00", "10-26 08:00/16:00"]
