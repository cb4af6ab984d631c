"""Time zones that a calendar brings with it: VTIMEZONE (RFC 5545, 3.6.5)."""

from bisect import bisect_right
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import islice

from availability.calendars.components import Component
from availability.calendars.content_lines import ContentLine
from availability.calendars.faults import BadCalendar, TooMuch
from availability.calendars.moments import instant_of, local_at, moment, offset
from availability.calendars.recurrences import parse_rule
from availability.calendars.zones import Zones, by_name

MOST_CHANGES = 5_000
_BEFORE, _AFTER = timedelta(days=3 * 366), timedelta(days=366)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


class Observed(tzinfo):
    """Offsets between changes; `changes` are instants with the offsets before and after each."""

    def __init__(self, changes: list[tuple[int, int, int]]) -> None:
        self._instants = [instant for instant, _, _ in changes]
        # By the clock on the wall: a skipped time counts by the offset before, and so does the
        # first of two that are the same.
        self._locals = [instant + max(before, after) for instant, before, after in changes]
        self._offsets = [changes[0][1], *(after for _, _, after in changes)]

    def utcoffset(self, dt: datetime | None, /) -> timedelta:
        if dt is None:
            return timedelta(seconds=self._offsets[0])
        wall = (dt.replace(tzinfo=None) - _EPOCH) // timedelta(seconds=1)
        return timedelta(seconds=self._offsets[bisect_right(self._locals, wall)])

    def dst(self, dt: datetime | None, /) -> None:
        return None

    def tzname(self, dt: datetime | None, /) -> None:
        return None

    def fromutc(self, dt: datetime, /) -> datetime:
        instant = (dt.replace(tzinfo=None) - _EPOCH) // timedelta(seconds=1)
        return dt + timedelta(seconds=self._offsets[bisect_right(self._instants, instant)])


def zone_of(component: Component, start: int, end: int) -> tzinfo:
    """The zone a VTIMEZONE describes, right between two instants. Raises `BadCalendar`."""
    location = component.one("X-LIC-LOCATION")
    known = by_name(location.value.strip()) if location else None
    if known is not None:
        return known
    changes: set[tuple[int, int, int]] = set()
    for part in component.parts:
        changes.update(_changes(part, start, end))
        if len(changes) > MOST_CHANGES:
            raise TooMuch("a time zone changes its clocks too often")
    if not changes:
        raise BadCalendar(component.line, "begins a time zone without any offset")
    return Observed(sorted(changes))


def _changes(part: Component, start: int, end: int) -> set[tuple[int, int, int]]:
    begins, before = _needed(part, "DTSTART"), offset(_needed(part, "TZOFFSETFROM"))
    after = offset(_needed(part, "TZOFFSETTO"))
    zones = Zones(before, {})
    first = moment(begins, zones)
    onsets = {first.instant}
    for prop in part.all("RDATE"):
        onsets.update(moment(prop, zones, value).instant for value in prop.value.split(","))
    low, high = local_at(start, before) - _BEFORE, local_at(end, before) + _AFTER
    for prop in part.all("RRULE"):
        rule = parse_rule(prop, zones)
        found = rule.starts(first, low, high)
        onsets.update(instant_of(local, before) for local in islice(found, MOST_CHANGES + 1))
    offsets = (_seconds(before), _seconds(after))
    return {(onset, *offsets) for onset in onsets}


def _needed(part: Component, name: str) -> ContentLine:
    found = part.one(name)
    if found is None:
        raise BadCalendar(part.line, f"begins {part.name} without {name}")
    return found


def _seconds(zone: timezone) -> int:
    return zone.utcoffset(None) // timedelta(seconds=1)
