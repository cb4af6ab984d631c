"""Single events: when they take time, and when none."""

import pytest

from availability.calendars.testing import busy, calendar, event, found, spans, wish

AUCKLAND = wish(zone="Pacific/Auckland")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DTSTART:20261201T090000Z", "DTEND:20261201T100000Z"], "12-01 09:00/10:00"),
        (["DTSTART:20261201T090000Z", "DURATION:PT1H30M"], "12-01 09:00/10:30"),
        (["DTSTART:20261201T090000Z", "DURATION:P1DT1H"], "12-01 09:00/12-02 10:00"),
        (["DTSTART:20261201T090000Z", "DURATION:P1W"], "12-01 09:00/12-08 09:00"),
        (["DTSTART:20261201T090000", "DTEND:20261201T100000"], "12-01 08:00/09:00"),
        (
            ["DTSTART;TZID=Asia/Kathmandu:20261201T090000", "DTEND:20261201T040000Z"],
            "12-01 03:15/04:00",
        ),
        (["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202"], "11-30 23:00/12-01 23:00"),
        (["DTSTART;VALUE=DATE:20261201"], "11-30 23:00/12-01 23:00"),
        (["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261201"], "11-30 23:00/12-01 23:00"),
        (["DTSTART;VALUE=DATE:20261201", "DURATION:P3D"], "11-30 23:00/12-03 23:00"),
        (["DTSTART;VALUE=DATE:20261205", "DTEND;VALUE=DATE:20261208"], "12-04 23:00/12-07 23:00"),
        (["DTSTART:20261201T235960Z", "DURATION:PT1S"], "12-01 23:59/12-02 00:00"),
        (
            ["dtstart;tzid=Europe/London:20261201t090000", "Duration:pt1h", "status:tentative"],
            "12-01 09:00/10:00",
        ),
    ],
)
def test_an_event_takes_the_time_it_says(lines: list[str], expected: str) -> None:
    assert busy(calendar(event(*lines))) == [expected]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["DTSTART:20261201T090000Z"], "no_length"),
        (["DTSTART:20261201T090000Z", "DTEND:20261201T090000Z"], "no_length"),
        (["DTSTART:20261201T090000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT"], "transparent"),
        (["DTSTART;VALUE=DATE:20261201", "TRANSP:TRANSPARENT"], "transparent"),
        (["DTSTART:20261201T090000Z", "DURATION:PT1H", "STATUS:CANCELLED"], "cancelled"),
    ],
)
def test_an_event_that_takes_none_is_counted_with_the_reason(lines: list[str], reason: str) -> None:
    calendar_of_one = found(calendar(event(*lines)))
    assert (calendar_of_one.busy, calendar_of_one.ignored) == ([], {reason: 1})
    assert calendar_of_one.events == 1


def test_an_event_that_ends_before_it_starts_takes_none_and_is_pointed_out() -> None:
    content = calendar(event("DTSTART:20261201T090000Z", "DTEND:20261201T080000Z"))
    strange = found(content)
    assert strange.busy == []
    assert [(one["code"], one["line"]) for one in strange.warnings] == [("ends_before_start", 4)]


def test_a_calendar_that_cancels_takes_no_time() -> None:
    content = calendar("METHOD:CANCEL", event("DTSTART:20261201T090000Z", "DURATION:PT1H"))
    assert found(content).ignored == {"cancelled": 1}


def test_days_and_floating_times_are_those_of_the_person() -> None:
    content = calendar(
        event("DTSTART;VALUE=DATE:20261202", uid="a"),
        event("DTSTART:20261205T090000", "DURATION:PT1H", uid="b"),
    )
    assert busy(content, AUCKLAND) == ["12-01 11:00/12-02 11:00", "12-04 20:00/21:00"]
    honolulu = wish(zone="Pacific/Honolulu")
    assert busy(content, honolulu) == ["12-02 10:00/12-03 10:00", "12-05 19:00/20:00"]


def test_the_window_cuts_what_reaches_into_it_and_leaves_the_rest_out() -> None:
    content = calendar(
        event("DTSTART:20261129T230000Z", "DURATION:PT2H", uid="a"),
        event("DTSTART:20261129T220000Z", "DURATION:PT2H", uid="b"),
        event("DTSTART:20261211T230000Z", "DURATION:PT2H", uid="c"),
        event("DTSTART:20261212T000000Z", "DURATION:PT2H", uid="d"),
        event("DTSTART:20250101T000000Z", "DTEND:20250102T000000Z", uid="e"),
    )
    calendar_of_five = found(content)
    assert spans(calendar_of_five.busy) == ["11-30 00:00/01:00", "12-11 23:00/12-12 00:00"]
    assert (calendar_of_five.events, calendar_of_five.instances) == (5, 2)


def test_a_buffer_keeps_time_free_of_what_lies_just_outside_too() -> None:
    content = calendar(
        event("DTSTART:20261129T220000Z", "DTEND:20261129T235000Z", uid="a"),
        event("DTSTART:20261205T120000Z", "DURATION:PT1H", uid="b"),
    )
    calendar_of_two = found(content, wish(buffer=1800))
    assert spans(calendar_of_two.busy) == ["12-05 12:00/13:00"]
    assert spans(calendar_of_two.free) == ["11-30 00:20/12-05 11:30", "12-05 13:30/12-12 00:00"]


def test_only_the_newest_version_of_an_event_counts() -> None:
    content = calendar(
        event("SEQUENCE:1", "DTSTART:20261201T090000Z", "DURATION:PT1H"),
        event("SEQUENCE:2", "DTSTART:20261202T090000Z", "DURATION:PT1H"),
    )
    assert busy(content) == ["12-02 09:00/10:00"]
    assert found(content).ignored == {"superseded": 1}


def test_events_that_share_a_uid_by_mistake_all_count() -> None:
    content = calendar(
        event("DTSTART:20261201T090000Z", "DURATION:PT1H"),
        event("DTSTART:20261202T090000Z", "DURATION:PT1H"),
    )
    assert busy(content) == ["12-01 09:00/10:00", "12-02 09:00/10:00"]


def test_lines_folded_inside_of_a_character_and_of_a_value_are_read() -> None:
    text = "SUMMARY:Größe".encode()
    cut = text.index(b"\xc3") + 1
    folded = text[:cut] + b"\r\n " + text[cut:]
    lines = folded + b"\r\nDTSTART:2026\r\n\t1201T09\r\n 0000Z\r\nDURATION:PT1H"
    content = calendar(event("X")).replace(b"\r\nX\r\n", b"\r\n" + lines + b"\r\n")
    assert busy(content) == ["12-01 09:00/10:00"]


def test_latin_1_in_a_title_does_no_harm() -> None:
    content = calendar(event("SUMMARY:Gr?", "DTSTART:20261201T090000Z", "DURATION:PT1H"))
    assert busy(content.replace(b"?", b"\xfc")) == ["12-01 09:00/10:00"]
