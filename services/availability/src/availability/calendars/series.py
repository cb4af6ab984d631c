"""What an event comes to in a window: itself, its recurrences, and what became of single ones."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from availability.calendars import events
from availability.calendars.components import Component
from availability.calendars.content_lines import ContentLine
from availability.calendars.faults import Remark
from availability.calendars.moments import Length, Moment, instant_of, local_at, moment, period
from availability.calendars.recurrences import parse_rule
from availability.calendars.zones import Zones

Busy = tuple[int, int]
Start = tuple[datetime, tzinfo, Length]
_MARGIN = timedelta(days=2)
"""More than any zone or change of clocks moves a local time."""


@dataclass(slots=True)
class Reckoning:
    """What the events of one calendar are reckoned with; `email` is theirs who imports it."""

    start: int
    end: int
    zones: Zones
    email: str | None
    ignored: Counter[str] = field(default_factory=Counter[str])
    remarks: list[Remark] = field(default_factory=list[Remark])

    def meets(self, start: int, end: int) -> bool:
        return start < self.end and end > self.start

    def occupies(self, event: Component) -> bool:
        why = events.why_ignored(event, self.email)
        if why is not None:
            self.ignored[why] += 1
        return why is None

    def length_of(self, event: Component, start: Moment) -> Length:
        """Of what takes no time nothing, and it is said why."""
        lasts = events.length_of(event, start, self.zones)
        if start.instant < lasts.after(start.local, start.zone):
            return lasts
        if start.instant > lasts.after(start.local, start.zone):
            self.remarks.append(
                Remark("ends_before_start", event.line, "begins an event that ends before it")
            )
        self.ignored["no_length"] += 1
        return Length()


@dataclass(frozen=True, slots=True)
class _Following:
    """From `since` on everything is `moved`, `lasts` so long, and takes time or none."""

    since: int
    moved: timedelta
    lasts: Length
    occupies: bool


@dataclass(frozen=True, slots=True)
class _Left:
    """Starts that are none: by the instant, or by the local day."""

    instants: set[int]
    days: set[datetime]

    def out(self, local: datetime, instant: int) -> bool:
        return instant in self.instants or (
            bool(self.days) and local.replace(hour=0, minute=0, second=0) in self.days
        )


def busy_of(same: Sequence[Component], reckoning: Reckoning) -> Iterator[Busy]:
    """Of the events with one UID: when they take time in the window. Raises `BadCalendar`."""
    masters = [event for event in same if not event.one("RECURRENCE-ID")]
    newest = max(map(events.sequence, masters), default=0)
    current = [master for master in masters if events.sequence(master) == newest]
    reckoning.ignored["superseded"] += len(masters) - len(current)
    if len(same) == len(current):
        changes: dict[Moment, Component] = {}
    else:
        series = events.start_of(current[0], reckoning.zones) if current else None
        changes = _changes(same, series, reckoning)
    excluded = _Left(set(), set())
    for master in current:
        left = _exdates(master, reckoning)
        excluded.instants.update(left.instants)
        excluded.days.update(left.days)
        yield from _series(master, left, changes, reckoning)
    for which, event in changes.items():
        if not excluded.out(which.local, which.instant) and reckoning.occupies(event):
            yield from _single(event, reckoning)


def _changes(
    same: Sequence[Component], series: Moment | None, reckoning: Reckoning
) -> dict[Moment, Component]:
    """Of each changed occurrence the latest version."""
    latest: dict[Moment, Component] = {}
    for event in same:
        if event.one("RECURRENCE-ID"):
            which = events.recurrence_id(event, reckoning.zones, series)
            before = latest.get(which)
            if before is None or events.sequence(before) <= events.sequence(event):
                latest[which] = event
            if before is not None:
                reckoning.ignored["superseded"] += 1
    return latest


def _single(event: Component, reckoning: Reckoning) -> Iterator[Busy]:
    start = events.start_of(event, reckoning.zones)
    lasts = reckoning.length_of(event, start)
    busy = start.instant, lasts.after(start.local, start.zone)
    if busy[0] < busy[1] and reckoning.meets(*busy):
        yield busy


def _series(
    master: Component, left: _Left, changes: dict[Moment, Component], reckoning: Reckoning
) -> Iterator[Busy]:
    occupies = reckoning.occupies(master)
    following = _following(changes, reckoning)
    if not occupies and not following:
        return
    first = events.start_of(master, reckoning.zones)
    lasts = reckoning.length_of(master, first)
    left.instants.update(which.instant for which in changes)
    left.days.update(which.local for which in changes if which.all_day)
    given: set[int] = set()
    for local, zone, so_long in _starts(master, first, lasts, following, reckoning):
        instant = instant_of(local, zone)
        if instant in given or left.out(local, instant):
            continue
        given.add(instant)
        change = next((f for f in reversed(following) if f.since <= instant), None)
        if change is not None:
            local, so_long = local + change.moved, change.lasts
            instant = instant_of(local, zone)
        end = so_long.after(local, zone)
        counts = occupies if change is None else change.occupies
        if counts and instant < end and reckoning.meets(instant, end):
            yield instant, end


def _following(changes: dict[Moment, Component], reckoning: Reckoning) -> list[_Following]:
    """In order of time, those changes that are meant for all that comes after them too."""
    found: list[_Following] = []
    for which, event in changes.items():
        if events.changes_following(event):
            start = events.start_of(event, reckoning.zones)
            lasts = events.length_of(event, start, reckoning.zones)
            moved = local_at(start.instant, which.zone) - which.local
            occupies = events.why_ignored(event, reckoning.email) is None
            found.append(_Following(which.instant, moved, lasts, occupies))
    return sorted(found, key=lambda change: change.since)


def _starts(
    master: Component,
    first: Moment,
    lasts: Length,
    following: Sequence[_Following],
    reckoning: Reckoning,
) -> Iterator[Start]:
    """Whatever may reach into the window, and perhaps more; some of it perhaps twice."""
    rules = [parse_rule(prop, reckoning.zones) for prop in master.all("RRULE")]
    if not rules or any(rule.begins(first) for rule in rules):
        yield first.local, first.zone, lasts
    longest = max([lasts, *(change.lasts for change in following)], key=lambda one: one.at_most)
    moved = max((abs(change.moved) for change in following), default=timedelta())
    margin = _MARGIN + moved
    low = local_at(reckoning.start, first.zone) - margin - longest.at_most
    high = local_at(reckoning.end, first.zone) + margin
    for rule in rules:
        yield from ((local, first.zone, lasts) for local in rule.starts(first, low, high))
    for prop in master.all("RDATE"):
        for value in _items(prop):
            if "/" in value:
                start, so_long = period(prop, value, reckoning.zones)
            else:
                start, so_long = moment(prop, reckoning.zones, value, first.zone), lasts
            yield start.local, start.zone, so_long


def _exdates(master: Component, reckoning: Reckoning) -> _Left:
    left = _Left(set(), set())
    if not master.one("EXDATE") and not master.one("EXRULE"):
        return left
    first = events.start_of(master, reckoning.zones)
    for prop in master.all("EXDATE"):
        for value in _items(prop):
            exdate = moment(prop, reckoning.zones, value, first.zone)
            left.instants.add(exdate.instant)
            # Some exclude a day from a series of times, others a time from a series of days.
            if exdate.all_day or first.all_day:
                left.days.add(exdate.local.replace(hour=0, minute=0, second=0))
    for prop in master.all("EXRULE"):
        longest = events.length_of(master, first, reckoning.zones).at_most
        low = local_at(reckoning.start, first.zone) - _MARGIN - longest
        high = local_at(reckoning.end, first.zone) + _MARGIN
        rule = parse_rule(prop, reckoning.zones)
        left.instants.update(
            instant_of(local, first.zone) for local in rule.starts(first, low, high)
        )
    return left


def _items(prop: ContentLine) -> list[str]:
    return [item for item in prop.value.split(",") if item.strip()]
