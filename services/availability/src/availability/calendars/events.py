"""What one VEVENT says: when it starts, how long it lasts, and whether it takes any time."""

from availability.calendars.components import Component
from availability.calendars.content_lines import ContentLine
from availability.calendars.faults import BadCalendar
from availability.calendars.moments import Length, Moment, length, moment
from availability.calendars.zones import Zones


def start_of(event: Component, zones: Zones) -> Moment:
    """Raises `BadCalendar`."""
    begins = event.one("DTSTART")
    if begins is None:
        raise BadCalendar(event.line, "begins an event without DTSTART")
    return moment(begins, zones)


def length_of(event: Component, start: Moment, zones: Zones) -> Length:
    """Days as a whole last days, whatever the clocks do in them; other ends are exact.

    (RFC 5545, 3.6.1 and 3.8.5.3.) Negative where it ends before it starts. Raises `BadCalendar`.
    """
    if lasts := event.one("DURATION"):
        return length(lasts)
    ends = event.one("DTEND")
    if ends is None:
        return Length(days=1) if start.all_day else Length()
    end = moment(ends, zones, floating=start.zone)
    if start.all_day and end.all_day:
        # The same day twice is how some write a single one.
        return Length(days=(end.local - start.local).days or 1)
    return Length(seconds=end.instant - start.instant)


def recurrence_id(event: Component, zones: Zones, series: Moment | None) -> Moment:
    """Which of a series it stands for. Raises `BadCalendar`."""
    which = event.one("RECURRENCE-ID")
    assert which is not None
    return moment(which, zones, floating=None if series is None else series.zone)


def changes_following(event: Component) -> bool:
    which = event.one("RECURRENCE-ID")
    return which is not None and which.parameters.get("RANGE", "").upper() == "THISANDFUTURE"


def sequence(event: Component) -> int:
    """The version of an event; what is no number counts as the first."""
    text = event.word("SEQUENCE")
    return int(text) if text.isdigit() and len(text) < 10 else 0


def why_ignored(event: Component, email: str | None) -> str | None:
    """Why it takes no time of the person with this address; None where it does."""
    if event.word("STATUS") == "CANCELLED":
        return "cancelled"
    if event.word("TRANSP") == "TRANSPARENT" or event.word("X-MICROSOFT-CDO-BUSYSTATUS") == "FREE":
        return "transparent"
    if email and any(_declines(guest, email.lower()) for guest in event.all("ATTENDEE")):
        return "declined"
    return None


def _declines(guest: ContentLine, email: str) -> bool:
    addresses = (guest.value, guest.parameters.get("EMAIL", ""))
    theirs = {address.strip().lower().removeprefix("mailto:") for address in addresses}
    return email in theirs and guest.parameters.get("PARTSTAT", "").upper() == "DECLINED"
