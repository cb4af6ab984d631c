"""Dates, times, durations and periods as iCalendar writes them (RFC 5545, 3.3)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from availability.calendars.content_lines import ContentLine
from availability.calendars.faults import BadCalendar
from availability.calendars.zones import Zones

_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?=[\dT])(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d):?(\d\d)?")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A local time and where it is local to; of a day as a whole, its midnight."""

    local: datetime
    zone: tzinfo
    all_day: bool = False

    @property
    def instant(self) -> int:
        return instant_of(self.local, self.zone)


@dataclass(frozen=True, slots=True)
class Length:
    """`days` are as the calendar counts them, `seconds` as a watch does."""

    days: int = 0
    seconds: int = 0

    def after(self, local: datetime, zone: tzinfo) -> int:
        """The instant so much later."""
        if self.days:
            local += timedelta(days=self.days)
        return instant_of(local, zone) + self.seconds

    @property
    def at_most(self) -> timedelta:
        """No clock change makes it longer than that."""
        return timedelta(days=self.days + 1, seconds=self.seconds)


def instant_of(local: datetime, zone: tzinfo) -> int:
    """Seconds since 1970. A time that clocks skip counts from the offset before, one that comes
    twice is the first (RFC 5545, 3.3.5)."""
    return (local.replace(tzinfo=zone) - EPOCH) // _SECOND


def local_at(instant: int, zone: tzinfo) -> datetime:
    return (EPOCH + timedelta(seconds=instant)).astimezone(zone).replace(tzinfo=None, fold=0)


def moment(
    prop: ContentLine,
    zones: Zones,
    value: str | None = None,
    floating: tzinfo | None = None,
) -> Moment:
    """What a property says, or one `value` of its list. Raises `BadCalendar`.

    `floating` is where a time without a zone is local to, instead of to the person.
    """
    text = (prop.value if value is None else value).strip()
    try:
        if len(text) == 8:
            return Moment(_day(text), zones.person, all_day=True)
        if len(text) not in (15, 16) or text[8] not in "Tt":
            raise ValueError
        seconds = min(int(text[13:15]), 59)  # a leap second is the one before
        local = _day(text[:8]).replace(
            hour=int(text[9:11]), minute=int(text[11:13]), second=seconds
        )
    except ValueError:
        raise BadCalendar(prop.line, f"{prop.name} is no date and no time") from None
    if len(text) == 16:
        if text[15] not in "Zz":
            raise BadCalendar(prop.line, f"{prop.name} is no date and no time")
        return Moment(local, UTC)
    tzid = prop.parameters.get("TZID")
    if tzid is None:
        return Moment(local, floating or zones.person)
    return Moment(local, zones.named(tzid, prop.line))


def length(prop: ContentLine, value: str | None = None) -> Length:
    """Raises `BadCalendar`. Weeks and days are nominal, the rest is exact."""
    found = _DURATION.fullmatch((prop.value if value is None else value).strip().upper())
    if found is None:
        raise BadCalendar(prop.line, f"{prop.name} is no duration")
    sign = -1 if found["sign"] == "-" else 1
    count = {unit: int(found[unit] or 0) for unit in ("weeks", "days", "hours", "minutes")}
    seconds = count["hours"] * 3600 + count["minutes"] * 60 + int(found["seconds"] or 0)
    return Length(sign * (count["weeks"] * 7 + count["days"]), sign * seconds)


def period(prop: ContentLine, value: str, zones: Zones) -> tuple[Moment, Length]:
    """The start, and how long. Raises `BadCalendar`."""
    first, slash, second = value.partition("/")
    if not slash:
        raise BadCalendar(prop.line, f"{prop.name} is no period")
    start = moment(prop, zones, first)
    if second.strip()[:1].upper() in ("P", "+", "-"):
        return start, length(prop, second)
    return start, Length(seconds=moment(prop, zones, second).instant - start.instant)


def offset(prop: ContentLine) -> timezone:
    """Raises `BadCalendar`."""
    found = _OFFSET.fullmatch(prop.value.strip())
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        raise BadCalendar(prop.line, f"{prop.name} is no offset from UTC")
    size = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return timezone(-size if found[1] == "-" else size)


def _day(text: str) -> datetime:
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    return datetime(int(text[:4]), int(text[4:6]), int(text[6:8]))  # noqa: DTZ001
