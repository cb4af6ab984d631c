"""What cannot be read is refused with the line, and never with what stands there."""

import pytest

from availability.calendars.faults import BadCalendar, TooMuch
from availability.calendars.testing import calendar, event, found

HOUR = "DURATION:PT1H"
START = "DTSTART:20261201T090000Z"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"<html>\r\nnot this</html>", 1),
        (b"\r\n\r\nhello: world", 3),
        (b"BEGIN:VEVENT\nEND:VEVENT", 1),
        (calendar("BEGIN:VEVENT", START), 6),
        (calendar(event(START, HOUR)).replace(b"END:VCALENDAR", b""), 8),
        (calendar(event("SECRET", START, HOUR)), 6),
        (calendar(event("DTSTART;TZID", HOUR)), 6),
        (calendar(event('DTSTART;TZID="SECRET:20261201T090000', HOUR)), 6),
        (calendar(event(HOUR)), 4),
        (calendar(event("DTSTART:SECRET", HOUR)), 6),
        (calendar(event("DTSTART:20261301T090000Z", HOUR)), 6),
        (calendar(event("DTSTART:20260229T090000Z", HOUR)), 6),
        (calendar(event("DTSTART:20261201T250000Z", HOUR)), 6),
        (calendar(event("DTSTART:２０２６1201T090000Z", HOUR)), 6),
        (calendar(event("DTSTART:00000101T090000Z", HOUR)), 6),
        (calendar(event(START, "DURATION:SECRET")), 7),
        (calendar(event(START, "DTEND:SECRET")), 7),
        (calendar(event(START, HOUR, "RRULE:SECRET")), 8),
        (calendar(event(START, HOUR, "RRULE:FREQ=SECRET")), 8),
        (calendar(event(START, HOUR, "RRULE:FREQ=DAILY;UNTIL=SECRET")), 8),
        (calendar(event(START, HOUR, "RRULE:FREQ=DAILY;INTERVAL=0")), 8),
        (calendar(event(START, HOUR, "RRULE:FREQ=DAILY;COUNT=SECRET")), 8),
        (calendar(event(START, HOUR, "RRULE:FREQ=MONTHLY;BYMONTHDAY=32")), 8),
        (calendar(event(START, HOUR, "RRULE:FREQ=WEEKLY;BYDAY=SECRET")), 8),
        (calendar(event(START, HOUR, "RRULE:FREQ=HOURLY;INTERVAL=2;BYHOUR=10")), 8),
        (calendar(event(START, HOUR, "RDATE:20261203T090000Z,SECRET")), 8),
        (calendar(event(START, HOUR, "RDATE;VALUE=PERIOD:20261203T090000Z/SECRET")), 8),
        (calendar(event(START, HOUR, "EXDATE:SECRET")), 8),
        (calendar(event(START, HOUR, "RECURRENCE-ID:SECRET")), 8),
        (calendar("CALSCALE:SECRET", event(START, HOUR)), 4),
        (calendar("BEGIN:VFREEBUSY", "FREEBUSY:SECRET", "END:VFREEBUSY"), 5),
    ],
)
def test_the_line_of_the_offence_is_told(content: bytes, line: int) -> None:
    with pytest.raises(BadCalendar) as refused:
        found(content)
    assert refused.value.line == line
    assert str(refused.value).startswith(f"line {line}: ")
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    ("zone", "line"),
    [
        ("", 4),
        ("BEGIN:STANDARD\r\nDTSTART:20260101T000000\r\nTZOFFSETTO:+0100\r\nEND:STANDARD", 6),
        (
            "BEGIN:STANDARD\r\nDTSTART:20260101T000000\r\nTZOFFSETFROM:+9900\r\n"
            "TZOFFSETTO:+0100\r\nEND:STANDARD",
            8,
        ),
    ],
)
def test_a_broken_zone_is_told_with_its_line_where_it_is_needed(zone: str, line: int) -> None:
    rules = [*filter(None, ["BEGIN:VTIMEZONE", "TZID:Mine", zone, "END:VTIMEZONE"])]
    unused = calendar(*rules, event(START, HOUR))
    assert found(unused).instances == 1
    with pytest.raises(BadCalendar) as refused:
        found(calendar(*rules, event("DTSTART;TZID=Mine:20261201T090000", HOUR)))
    assert refused.value.line == line


def test_deep_nesting_is_refused_and_eight_deep_is_not() -> None:
    for depth in (7, 8):
        inner = [f"BEGIN:X-{n}" for n in range(depth)]
        content = calendar(*inner, *(f"END:X-{n}" for n in reversed(range(depth))))
        if depth == 7:
            assert found(content).events == 0
        else:
            with pytest.raises(BadCalendar, match="line 11"):
                found(content)


def test_ten_thousand_occurrences_are_taken_and_one_more_is_not() -> None:
    series = [START, "DURATION:PT1S", "RRULE:FREQ=SECONDLY;INTERVAL=2;COUNT={}"]
    rule = series.pop()
    assert found(calendar(event(*series, rule.format(10_000)))).instances == 10_000
    with pytest.raises(TooMuch, match="10000"):
        found(calendar(event(*series, rule.format(10_001))))


@pytest.mark.parametrize("bound", ["00010101T000000", "99991231T235959", "99991231T235959Z"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
def test_the_ends_of_all_years_are_no_fault_of_the_program(bound: str, zone: str) -> None:
    series = event(f"DTSTART;TZID={zone}:20261201T090000", HOUR, f"RRULE:FREQ=DAILY;UNTIL={bound}")
    assert found(calendar(series)).instances in ((0,) if bound < "1" else (11, 12))
    begins = calendar(event(f"DTSTART;TZID={zone}:{bound[:15]}", HOUR, "RRULE:FREQ=DAILY"))
    assert found(begins).instances in ((11, 12) if bound < "1" else (0,))
