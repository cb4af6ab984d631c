"""What bodies may hold, and how it is refused otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.bodies import (
    Duration,
    Instant,
    InstantOrLocal,
    Interval,
    Name,
    NoSuchLocalTime,
    Text,
    Zone,
    at_zone,
)


def accepted(kind: Any, value: object) -> Any:
    return TypeAdapter[Any](kind).validate_python(value)


def refused(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as error:
        accepted(kind, value)
    return error.value.errors()[0]["type"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T09:00:00+01:00",
        "2026-12-01T08:00:00Z",
        "2026-12-01t08:00:00.000z",
        "2026-12-01T08:00Z",
        "2026-11-30T22:00:00-10:00",
    ],
)
def test_one_instant_may_be_written_in_many_ways(text: str) -> None:
    instant = accepted(Instant, text)
    assert instant == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-12-01T09:00:00", "offset_missing"),
        ("2026-12-01", "not_an_instant"),
        ("2026-12-01 09:00:00Z", "not_an_instant"),
        ("2026-02-30T09:00:00Z", "not_an_instant"),
        ("2026-12-01T24:30:00Z", "not_an_instant"),
        ("2026-12-01T09:00:00+99:00", "not_an_instant"),
        ("0001-01-01T00:00:00+14:00", "out_of_range"),
        ("9999-12-31T23:59:59-14:00", "out_of_range"),
        (1_796_112_000, "not_an_instant"),
        (None, "not_an_instant"),
        ("٢٠٢٦-12-01T09:00:00Z", "not_an_instant"),
    ],
)
def test_what_is_no_instant_is_refused(value: object, code: str) -> None:
    assert refused(Instant, value) == code


def test_a_time_without_offset_may_be_permitted() -> None:
    assert accepted(InstantOrLocal, "2026-12-01T09:00") == datetime(2026, 12, 1, 9)
    assert accepted(InstantOrLocal, "2026-12-01T09:00Z") == datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "minutes"),
    [("PT1H", 60), ("PT90M", 90), (90, 90), ("P1D", 1440), ("P1WT5M", 10085), ("PT0M", 0), (0, 0)],
)
def test_a_duration_is_iso_8601_or_minutes(value: object, minutes: int) -> None:
    assert accepted(Duration, value) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "value",
    [
        "P",
        "PT",
        "P1DT",
        "1:00",
        "60",
        "P1M",
        "P1Y",
        "-PT1H",
        "PT1.5H",
        -5,
        1.5,
        True,
        None,
        10**12,
        "pt1h",
    ],
)
def test_what_is_no_duration_is_refused(value: object) -> None:
    assert refused(Duration, value) == "not_a_duration"


@pytest.mark.parametrize(
    ("days", "rest", "written"),
    [
        (0, timedelta(), "PT0S"),
        (0, timedelta(minutes=90), "PT1H30M"),
        (1, timedelta(hours=2), "P1DT2H"),
        (364, timedelta(), "P364D"),
        (365, timedelta(), "P365D"),
        (366, timedelta(hours=1), "P366DT1H"),
        (69_999, timedelta(seconds=1), "P69999DT1S"),
    ],
)
def test_a_duration_is_written_as_it_is_read_also_over_a_year(
    days: int, rest: timedelta, written: str
) -> None:
    duration = timedelta(days=days) + rest
    assert TypeAdapter(Duration).dump_json(duration).decode() == f'"{written}"'
    if days < 10_000:
        assert accepted(Duration, written) == duration


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "UTC", "America/Indiana/Knox"])
def test_zones_have_iana_names(zone: str) -> None:
    assert accepted(Zone, zone) == zone


@pytest.mark.parametrize(
    "zone",
    ["Europe/Atlantis", "Europe", "../etc/passwd", "/etc/localtime", "", "europe/berlin", "+01:00"],
)
def test_an_unknown_zone_is_refused(zone: str) -> None:
    assert refused(Zone, zone) == "unknown_zone"


def test_names_are_trimmed_and_one_line() -> None:
    assert accepted(Name, "  Ann \t") == "Ann"
    assert refused(Name, "Ann\nBob") == "control_character"
    assert refused(Name, "\u2028 Ann \u2028 Bob") == "control_character"
    assert refused(Name, " \n ") == "string_too_short"
    assert refused(Name, "x" * 101) == "string_too_long"


def test_text_may_have_lines() -> None:
    assert accepted(Text, "one\r\n\ttwo") == "one\r\n\ttwo"
    assert refused(Text, "one\x07") == "control_character"


def test_an_interval_ends_after_it_starts() -> None:
    assert refused(Interval, {"start": "2026-12-01T09:00Z", "end": "2026-12-01T10:00+01:00"}) == (
        "end_not_after_start"
    )


def test_a_local_time_the_clocks_skip_does_not_exist() -> None:
    with pytest.raises(NoSuchLocalTime, match="02:30:00 does not exist in Europe/Berlin"):
        at_zone(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")


def test_a_local_time_that_occurs_twice_is_the_first() -> None:
    twice = at_zone(datetime(2026, 10, 25, 2, 30), "Europe/Berlin")
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_instant_needs_no_zone() -> None:
    instant = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
    assert at_zone(instant, "Europe/Berlin") is instant
