"""Writes meetings as iCalendar (RFC 5545): the same bytes for the same meetings, always.

Times are in UTC, so no zone's rules have to travel along or be right in the reader. There is no
ORGANIZER, although RFC 5546 wants one: who takes part is nobody's business who has the file.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from icalendar import Calendar, Event, vDDDTypes, vDuration, vInt, vUri

from calendars.meeting import Meeting
from calendars.text import Text, text

Method = Literal["PUBLISH", "CANCEL"]

_PRODUCT = "-//Commontime//Commontime//EN"


def written(meeting: Meeting) -> bytes:
    """One meeting to be taken into a calendar, or out of it where it is cancelled."""
    calendar = _calendar("CANCEL" if meeting.status == "CANCELLED" else "PUBLISH")
    calendar.add_component(_event(meeting))
    return _bytes(calendar)


def written_feed(meetings: Iterable[Meeting], name: str, refresh: timedelta) -> bytes:
    """Meetings that a calendar program shows as a calendar of their own and asks for again."""
    calendar = _calendar("PUBLISH")
    for property_ in ("NAME", "X-WR-CALNAME"):
        _set(calendar, property_, text(name))
    interval = vDuration(refresh)
    _set(calendar, "X-PUBLISHED-TTL", Text(interval.to_ical().decode()))
    interval.params["VALUE"] = "DURATION"
    _set(calendar, "REFRESH-INTERVAL", interval)
    for meeting in meetings:
        calendar.add_component(_event(meeting))
    return _bytes(calendar)


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    for name, value in (
        ("VERSION", "2.0"),
        ("PRODID", _PRODUCT),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", method),
    ):
        _set(calendar, name, Text(value))
    return calendar


def _event(meeting: Meeting) -> Event:
    event = Event()
    _set(event, "UID", text(meeting.uid))
    _set(event, "SEQUENCE", vInt(meeting.sequence))
    # Beside a METHOD: when this was said (RFC 5545 §3.8.7.2). So the bytes change with it alone.
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        _set(event, name, vDDDTypes(_seconds(meeting.changed_at)))
    _set(event, "CREATED", vDDDTypes(_seconds(meeting.created_at)))
    start, end = (_seconds(at) for at in (meeting.starts_at, meeting.ends_at or meeting.starts_at))
    _set(event, "DTSTART", vDDDTypes(start))
    # An end must be later than the start (RFC 5545 §3.8.2.2), in the seconds written here too.
    if end > start:
        _set(event, "DTEND", vDDDTypes(end))
    _set(event, "SUMMARY", text(meeting.title))
    if meeting.description:
        _set(event, "DESCRIPTION", text(meeting.description))
    if meeting.url is not None:
        _set(event, "URL", vUri(meeting.url))
    _set(event, "STATUS", Text(meeting.status))
    # What is not certain, or off, keeps nobody's time.
    _set(event, "TRANSP", Text("OPAQUE" if meeting.status == "CONFIRMED" else "TRANSPARENT"))
    return event


def _set(component: Calendar | Event, name: str, value: Any) -> None:
    # Without a look at it: the library would read and write each value once more.
    component[name] = value


def _seconds(instant: datetime) -> datetime:
    """A calendar knows no smaller parts."""
    return instant.astimezone(UTC).replace(microsecond=0)


def _bytes(calendar: Calendar) -> bytes:
    return calendar.to_ical(sorted=False)
