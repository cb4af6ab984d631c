"""What becomes of a series: excluded, moved, cancelled, added, changed from one on."""

from availability.calendars.testing import busy, calendar, event, found

SERIES = ("DTSTART;TZID=Europe/Berlin:20261130T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4")
ALL = ["11-30 08:00/09:00", "12-01 08:00/09:00", "12-02 08:00/09:00", "12-03 08:00/09:00"]
BERLIN = ";TZID=Europe/Berlin"


def without(*excluded: int) -> list[str]:
    return [span for number, span in enumerate(ALL) if number not in excluded]


def test_occurrences_are_excluded_however_they_are_named() -> None:
    for exdate in (
        "EXDATE;TZID=Europe/Berlin:20261201T090000",
        "EXDATE:20261201T080000Z",
        "EXDATE;TZID=America/New_York:20261201T030000",
        "EXDATE:20261201T090000",
        "EXDATE;VALUE=DATE:20261201",
    ):
        assert busy(calendar(event(*SERIES, exdate))) == without(1), exdate
    many = "EXDATE;TZID=Europe/Berlin:20261201T090000,20261203T090000"
    assert busy(calendar(event(*SERIES, many))) == without(1, 3)
    assert busy(calendar(event(*SERIES, "EXDATE:20261201T081500Z"))) == ALL
    assert busy(calendar(event(*SERIES, "EXRULE:FREQ=DAILY;INTERVAL=2"))) == without(0, 2)


def test_an_occurrence_is_moved_and_then_not_where_it_was() -> None:
    moved = event(
        f"RECURRENCE-ID{BERLIN}:20261201T090000",
        f"DTSTART{BERLIN}:20261205T120000",
        "DURATION:PT2H",
    )
    assert busy(calendar(event(*SERIES), moved)) == [*without(1), "12-05 11:00/13:00"]
    assert busy(calendar(moved, event(*SERIES))) == [*without(1), "12-05 11:00/13:00"]
    assert busy(calendar(moved)) == ["12-05 11:00/13:00"]


def test_an_occurrence_that_is_cancelled_or_free_is_not_there() -> None:
    for line in ("STATUS:CANCELLED", "TRANSP:TRANSPARENT"):
        off = event(
            "RECURRENCE-ID:20261201T080000Z", "DTSTART:20261201T080000Z", "DURATION:PT1H", line
        )
        assert busy(calendar(event(*SERIES), off)) == without(1)


def test_a_busy_occurrence_of_a_free_series_takes_time() -> None:
    on = event("RECURRENCE-ID:20261201T080000Z", "DTSTART:20261201T080000Z", "DURATION:PT1H")
    assert busy(calendar(event(*SERIES, "TRANSP:TRANSPARENT"), on)) == [ALL[1]]


def test_of_a_change_the_latest_version_counts_and_an_excluded_one_not_at_all() -> None:
    def moved(version: int, hour: int) -> str:
        return event(
            f"SEQUENCE:{version}",
            "RECURRENCE-ID:20261201T080000Z",
            f"DTSTART:20261201T{hour}0000Z",
            "DURATION:PT1H",
        )

    content = calendar(event(*SERIES), moved(3, 15), moved(2, 12))
    assert "12-01 15:00/16:00" in busy(content)
    assert "12-01 12:00/13:00" not in busy(content)
    excluded = calendar(event(*SERIES, "EXDATE:20261201T080000Z"), moved(3, 15))
    assert busy(excluded) == without(1)


def test_from_one_occurrence_on_everything_moves_and_lasts_as_that_one() -> None:
    following = event(
        f"RECURRENCE-ID;RANGE=THISANDFUTURE{BERLIN}:20261202T090000",
        f"DTSTART{BERLIN}:20261202T100000",
        "DURATION:PT30M",
    )
    changed = ["12-02 09:00/09:30", "12-03 09:00/09:30"]
    assert busy(calendar(event(*SERIES), following)) == [*ALL[:2], *changed]


def test_from_one_occurrence_on_everything_is_cancelled() -> None:
    following = event(
        f"RECURRENCE-ID;RANGE=THISANDFUTURE{BERLIN}:20261202T090000",
        f"DTSTART{BERLIN}:20261202T090000",
        "STATUS:CANCELLED",
    )
    assert busy(calendar(event(*SERIES), following)) == ALL[:2]


def test_dates_are_added_as_days_times_and_periods() -> None:
    day = event("DTSTART;VALUE=DATE:20261201", "RDATE;VALUE=DATE:20261203,20261205")
    assert busy(calendar(day)) == [
        "11-30 23:00/12-01 23:00",
        "12-02 23:00/12-03 23:00",
        "12-04 23:00/12-05 23:00",
    ]
    times = event(*SERIES[:2], "RDATE:20261205T120000Z", "RDATE;TZID=Asia/Tokyo:20261206T120000")
    assert busy(calendar(times)) == [ALL[0], "12-05 12:00/13:00", "12-06 03:00/04:00"]
    periods = event(
        *SERIES[:2], "RDATE;VALUE=PERIOD:20261205T120000Z/PT3H,20261206T120000Z/20261206T123000Z"
    )
    assert busy(calendar(periods)) == [ALL[0], "12-05 12:00/15:00", "12-06 12:00/12:30"]


def test_a_date_that_is_added_twice_counts_once() -> None:
    content = calendar(event(*SERIES, "RDATE:20261201T080000Z", "RDATE:20261201T080000Z"))
    assert (busy(content), found(content).instances) == (ALL, 4)


def test_the_end_of_a_series_is_included_however_it_is_written() -> None:
    for until in ("20261201T080000Z", "20261201T090000", "20261201"):
        series = (*SERIES[:2], f"RRULE:FREQ=DAILY;UNTIL={until}")
        assert busy(calendar(event(*series))) == ALL[:2], until
    for until in ("20261201T075959Z", "20261201T085959", "20261130", "20261130T080000Z"):
        series = (*SERIES[:2], f"RRULE:FREQ=DAILY;UNTIL={until}")
        assert busy(calendar(event(*series))) == ALL[:1], until
    # Of days as a whole: a day, or its midnight in UTC.
    for until in ("20261202", "20261202T000000Z", "20261201T230000Z"):
        days = event("DTSTART;VALUE=DATE:20261201", f"RRULE:FREQ=DAILY;UNTIL={until}")
        assert busy(calendar(days)) == ["11-30 23:00/12-02 23:00"], until


def test_a_start_that_does_not_fit_its_rule_is_there_all_the_same() -> None:
    series = event("DTSTART:20261201T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=TH")
    assert busy(calendar(series)) == ["12-01 09:00/10:00", "12-03 09:00/10:00", "12-10 09:00/10:00"]


def test_a_long_event_that_began_long_ago_reaches_into_the_window() -> None:
    series = event("DTSTART;VALUE=DATE:20200101", "DURATION:P60D", "RRULE:FREQ=YEARLY;BYMONTH=11")
    assert busy(calendar(series)) == ["11-30 00:00/12-12 00:00"]


def test_a_series_that_ends_before_it_begins_is_not_there() -> None:
    content = calendar(event(*SERIES[:2], "RRULE:FREQ=DAILY;UNTIL=20261129T235959Z"))
    assert busy(content) == []
