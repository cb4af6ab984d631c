"""What is written is iCalendar by the letter, and says what was meant, whatever people call it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from calendars.meeting import Meeting, Status, uid_of
from calendars.testing import read_calendar, the_event
from calendars.writing import written, written_feed

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MEETING = Meeting(
    uid="019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90@meet.example.org",
    sequence=3,
    status="CONFIRMED",
    starts_at=START,
    ends_at=START + HOUR,
    title="Planning",
    description="Bring your notes",
    url="https://meet.example.org/p/019a6f2b-11f0-7d52-8a6e-90c4be1f3d27",
    created_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
    changed_at=datetime(2026, 11, 28, 8, 0, 0, 123456, tzinfo=UTC),
)
EXPECTED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Commontime//Commontime//EN
CALSCALE:GREGORIAN
METHOD:PUBLISH
BEGIN:VEVENT
UID:019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90@meet.example.org
SEQUENCE:3
DTSTAMP:20261128T080000Z
LAST-MODIFIED:20261128T080000Z
CREATED:20261120T080000Z
DTSTART:20261201T090000Z
DTEND:20261201T100000Z
SUMMARY:Planning
DESCRIPTION:Bring your notes
URL:https://meet.example.org/p/019a6f2b-11f0-7d52-8a6e-90c4be1f3d27
STATUS:CONFIRMED
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
"""
SCRIPTS = [
    "Besprechung äöüß",
    "Συνάντηση · Встреча · 会议 · 会議 · 회의",
    "اجتماع ‏פגישה",
    "ประชุม सभा సమావేశం",
    "👩🏽‍🚀 👨‍👩‍👧‍👦 🏳️‍🌈 e\u0301",
    "𝔓𝔩𝔞𝔫 \U0010fffd",
]
# What the API lets through, and for good measure what it refuses: facts may be older than it.
INJECTIONS = [
    "Planning\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Mine",
    "Planning\nATTENDEE:mailto:eve@example.org",
    "Planning\rMETHOD:CANCEL",
    "Planning\u2028BEGIN:VALARM\u2029END:VALARM",
    "Planning\x85BEGIN:VALARM\x0bEND:VALARM\x1cX:1",
    "a;b,c:d\"e'f^n=g",
    r"C:\New\nights\, \\; \N",
    "\\",
    "BEGIN:VEVENT",
    " leading and trailing ",
]


def test_a_meeting_is_written_in_these_very_bytes() -> None:
    assert written(MEETING) == EXPECTED.replace("\n", "\r\n").encode()


def test_a_cancelled_meeting_is_taken_out_of_calendars() -> None:
    cancelled = written(replace(MEETING, status="CANCELLED"))
    assert read_calendar(cancelled).text("METHOD") == "CANCEL"
    assert the_event(cancelled).text("STATUS") == "CANCELLED"


@pytest.mark.parametrize(
    ("status", "transparency"),
    [("CONFIRMED", "OPAQUE"), ("TENTATIVE", "TRANSPARENT"), ("CANCELLED", "TRANSPARENT")],
)
def test_only_a_confirmed_meeting_keeps_peoples_time(status: Status, transparency: str) -> None:
    event = the_event(written(replace(MEETING, status=status)))
    assert (event.text("STATUS"), event.text("TRANSP")) == (status, transparency)


def test_a_meeting_without_an_end_has_a_start_alone() -> None:
    for ends_at in (None, START + timedelta(milliseconds=900)):
        event = the_event(written(replace(MEETING, ends_at=ends_at)))
        assert ("DTSTART" in event, "DTEND" in event) == (True, False)


def test_times_of_any_zone_are_written_in_utc() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    event = the_event(written(replace(MEETING, starts_at=START.astimezone(kathmandu))))
    assert event["DTSTART"].value == "20261201T090000Z"
    assert event["DTSTART"].parameters == ""


def test_what_is_not_there_is_not_written() -> None:
    event = the_event(written(replace(MEETING, description=None, url=None)))
    assert ("DESCRIPTION" in event, "URL" in event) == (False, False)


@pytest.mark.parametrize("title", SCRIPTS)
def test_every_script_is_read_as_it_was_written(title: str) -> None:
    for wanted in (title, (title * 200)[:200]):
        body = written(replace(MEETING, title=wanted, description=wanted * 50))
        assert the_event(body).text("SUMMARY") == wanted
        assert the_event(body).text("DESCRIPTION") == wanted * 50
        assert read_by_a_library(body) == (wanted, wanted * 50)


@pytest.mark.parametrize("hostile", INJECTIONS)
def test_no_text_becomes_anything_but_text(hostile: str) -> None:
    body = written(replace(MEETING, title=hostile, description=hostile))
    plain = the_event(written(MEETING))
    event = the_event(body)
    assert [one.name for one in event.properties] == [one.name for one in plain.properties]
    assert event.components == []
    assert event.text("SUMMARY").splitlines() == hostile.splitlines()
    # Programs that split lines wherever Unicode lets them see the very same lines.
    assert body.decode().splitlines() == body.decode().split("\r\n")[:-1]
    assert len(events(body)) == 1


@given(st.text(max_size=300), st.text(max_size=2000))
@example("\ud800\x00\x7f", "\\n\\N\\;")
def test_any_text_at_all_is_written_by_the_letter_and_comes_back(
    title: str, description: str
) -> None:
    meeting = replace(MEETING, title=title, description=description)
    body = written(meeting)
    event = the_event(body)
    assert printable(event.text("SUMMARY")) == printable(title)
    if description:
        assert printable(event.text("DESCRIPTION")) == printable(description)
    assert read_by_a_library(body)[0] == event.text("SUMMARY")
    assert written(meeting) == body


@pytest.mark.parametrize("length", range(60, 85))
@pytest.mark.parametrize("letter", ["a", "ä", "会", "😀", ",", "\n"])
def test_lines_are_folded_between_characters_at_75_octets(length: int, letter: str) -> None:
    title = "x" * length + letter * 30
    assert the_event(written(replace(MEETING, title=title))).text("SUMMARY") == title


def test_the_library_reads_all_of_it_back() -> None:
    [event] = events(written(MEETING))
    assert (event.uid, event.sequence, event["STATUS"]) == (MEETING.uid, 3, "CONFIRMED")
    assert (event.start, event.end) == (MEETING.starts_at, MEETING.ends_at)
    assert event.stamp == event.last_modified == MEETING.changed_at.replace(microsecond=0)
    assert str(event["URL"]) == MEETING.url


def test_a_feed_says_what_it_is_called_and_how_often_to_ask() -> None:
    hold = replace(MEETING, uid="hold-1@meet.example.org", status="TENTATIVE")
    body = written_feed([MEETING, hold], "Commontime: Änn", timedelta(hours=1))
    calendar = read_calendar(body)
    assert (calendar.text("METHOD"), calendar.text("VERSION")) == ("PUBLISH", "2.0")
    assert calendar.text("NAME") == calendar.text("X-WR-CALNAME") == "Commontime: Änn"
    assert calendar["REFRESH-INTERVAL"] == ("REFRESH-INTERVAL", ";VALUE=DURATION", "PT1H")
    assert calendar.text("X-PUBLISHED-TTL") == "PT1H"
    uids = [event.text("UID") for event in calendar.components]
    assert uids == [MEETING.uid, hold.uid]


def test_a_feed_of_nothing_is_a_calendar_too() -> None:
    body = written_feed([], "Commontime", timedelta(hours=1))
    assert read_calendar(body).components == []


@pytest.mark.parametrize(
    ("public_url", "uid"),
    [
        ("https://meet.example.org", "a@meet.example.org"),
        ("http://meet.example.org:8000/under", "a@meet.example.org"),
        ("http://127.0.0.1:8000", "a@127.0.0.1"),
        ("http://[::1]:8000", "a@::1"),
    ],
)
def test_an_id_is_that_of_the_instance(public_url: str, uid: str) -> None:
    assert uid_of("a", public_url) == uid


def read_by_a_library(body: bytes) -> tuple[str, str]:
    [event] = events(body)
    return str(event["SUMMARY"]), str(event.get("DESCRIPTION", ""))


def printable(text: str) -> list[str]:
    """Its lines, without what no calendar can hold."""
    kept = "".join(
        c for c in text if c == "\t" or category(c) not in ("Cc", "Cs") or c.splitlines() == [""]
    )
    return [line for line in kept.splitlines() if line]


def events(body: bytes) -> list[Any]:
    """As another reader finds them; it has no types for what it reads."""
    calendar: Any = Calendar.from_ical(body)
    return calendar.walk("VEVENT")
