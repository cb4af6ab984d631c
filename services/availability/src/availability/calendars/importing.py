"""A calendar file and a window in; what is busy and what is free out. Runs in the worker."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from availability.calendars.components import Component, read
from availability.calendars.content_lines import ContentLine
from availability.calendars.faults import BadCalendar, Remark, TooMuch
from availability.calendars.free_time import clipped, merged, widened, without, working_hours
from availability.calendars.moments import period
from availability.calendars.observances import zone_of
from availability.calendars.series import Busy, Reckoning, busy_of
from availability.calendars.zones import Zones

MOST_INSTANCES = 10_000
MOST_REMARKS = 20


@dataclass(frozen=True)
class Wish:
    """`start` and `end` are the window's, in seconds since 1970; so is `buffer` in seconds.

    `hours` are from, to in minutes of the day and the days of the week from Monday, 0.
    """

    start: int
    end: int
    zone: str
    email: str | None = None
    buffer: int = 0
    hours: tuple[int, int, tuple[int, ...]] | None = None


@dataclass
class Found:
    """`ignored` counts by reason; `instances` are those in the window."""

    busy: list[Busy] = field(default_factory=list[Busy])
    free: list[Busy] = field(default_factory=list[Busy])
    events: int = 0
    instances: int = 0
    ignored: dict[str, int] = field(default_factory=dict[str, int])
    warnings: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def find(content: bytes, wish: Wish) -> Found:
    """Raises `BadCalendar`, `TooMuch`."""
    calendars, ignored = read(content, wish.email)
    remarks: list[Remark] = []
    found = Found()
    for calendar in calendars:
        found.events += sum(1 for _ in calendar.named("VEVENT"))
        reckoning = _reckoning(calendar, wish)
        for busy in _busy(calendar, reckoning):
            found.instances += 1
            if found.instances > MOST_INSTANCES:
                raise TooMuch(f"more than {MOST_INSTANCES} occurrences lie in the poll's window")
            found.busy.append(busy)
        ignored.update(reckoning.ignored)
        remarks += reckoning.remarks + reckoning.zones.remarks
    _add_free(found, wish)
    found.ignored = {reason: count for reason, count in sorted(ignored.items()) if count}
    found.warnings = [asdict(remark) for remark in sorted(remarks, key=lambda one: one.line)]
    del found.warnings[MOST_REMARKS:]
    return found


def _add_free(found: Found, wish: Wish) -> None:
    window = (wish.start, wish.end)
    taken = widened(found.busy, wish.buffer)
    hours = [window]
    if wish.hours is not None:
        hours = working_hours(window, ZoneInfo(wish.zone), *wish.hours)
    found.free = without(hours, taken)
    found.busy = merged(clipped(found.busy, window))


def _reckoning(calendar: Component, wish: Wish) -> Reckoning:
    scale = calendar.one("CALSCALE")
    if scale is not None and scale.value.strip().upper() != "GREGORIAN":
        raise BadCalendar(scale.line, "is a calendar other than the Gregorian")
    rules = {
        name.value.strip(): partial(zone_of, zone, wish.start, wish.end)
        for zone in calendar.named("VTIMEZONE")
        if (name := zone.one("TZID"))
    }
    zones = Zones(ZoneInfo(wish.zone), rules)
    return Reckoning(wish.start - wish.buffer, wish.end + wish.buffer, zones, wish.email)


def _busy(calendar: Component, reckoning: Reckoning) -> Iterator[Busy]:
    for same in _by_uid(calendar.named("VEVENT")):
        if calendar.word("METHOD") == "CANCEL":
            reckoning.ignored["cancelled"] += len(same)
            continue
        try:
            yield from busy_of(same, reckoning)
        except (OverflowError, ValueError):
            # Beyond the years that there are: not to be reckoned with, wherever it was met.
            raise BadCalendar(same[0].line, "begins an event beyond the years 1 to 9999") from None
    for component in calendar.named("VFREEBUSY"):
        for prop in component.all("FREEBUSY"):
            yield from _periods(prop, reckoning)


def _by_uid(events: Iterable[Component]) -> Iterable[list[Component]]:
    """What belongs together; what has no UID stands alone."""
    groups: dict[str | int, list[Component]] = {}
    for number, event in enumerate(events):
        uid = event.one("UID")
        groups.setdefault(uid.value if uid else number, []).append(event)
    return groups.values()


def _periods(prop: ContentLine, reckoning: Reckoning) -> Iterator[Busy]:
    kind = prop.parameters.get("FBTYPE", "BUSY").upper()
    for value in prop.value.split(","):
        if kind == "FREE":
            reckoning.ignored["free"] += 1
            continue
        start, lasts = period(prop, value, reckoning.zones)
        busy = start.instant, lasts.after(start.local, start.zone)
        if busy[0] < busy[1] and reckoning.meets(*busy):
            yield busy
