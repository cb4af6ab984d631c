"""Recurrence rules (RFC 5545, 3.3.10), expanded near a window however long ago they began."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Any, Literal

from dateutil.rrule import (
    DAILY,
    FR,
    HOURLY,
    MINUTELY,
    MO,
    MONTHLY,
    SA,
    SECONDLY,
    SU,
    TH,
    TU,
    WE,
    WEEKLY,
    YEARLY,
    rrule,
)

from availability.calendars.content_lines import ContentLine
from availability.calendars.faults import BadCalendar
from availability.calendars.moments import Moment, instant_of, moment
from availability.calendars.zones import Zones

_DAYS = {"MO": MO, "TU": TU, "WE": WE, "TH": TH, "FR": FR, "SA": SA, "SU": SU}
Frequency = Literal[0, 1, 2, 3, 4, 5, 6]
_FREQUENCIES: Mapping[str, Frequency] = {
    "YEARLY": YEARLY,
    "MONTHLY": MONTHLY,
    "WEEKLY": WEEKLY,
    "DAILY": DAILY,
    "HOURLY": HOURLY,
    "MINUTELY": MINUTELY,
    "SECONDLY": SECONDLY,
}
_STEPS = {
    WEEKLY: timedelta(weeks=1),
    DAILY: timedelta(days=1),
    HOURLY: timedelta(hours=1),
    MINUTELY: timedelta(minutes=1),
    SECONDLY: timedelta(seconds=1),
}
# What each list may hold: from, to, and whether it may count from the end.
_LISTS = {
    "BYSECOND": (0, 60, False),
    "BYMINUTE": (0, 59, False),
    "BYHOUR": (0, 23, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYMONTH": (1, 12, False),
    "BYSETPOS": (1, 366, True),
}
_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_WHOLE_DAY = timedelta(hours=23, minutes=59, seconds=59)
_LONGEST_INTERVAL = 100_000


@dataclass(frozen=True, slots=True)
class Rule:
    """`lists` are dateutil's arguments; `until` is inclusive, in whatever way it was written."""

    frequency: Frequency
    interval: int
    count: int | None
    until: Moment | None
    lists: dict[str, Any]
    line: int

    def begins(self, first: Moment) -> bool:
        """Whether it does at all: programs cut a series off by an end before its first start."""
        return self.until is None or first.instant <= _latest(self.until, first)

    def starts(self, first: Moment, low: datetime, high: datetime) -> Iterator[datetime]:
        """Local times from `low` to `high`, in order, of a series whose `first` is given.

        Raises `BadCalendar` for a rule that fits no time at all.
        """
        if self.until is not None and self._last(first) < low:
            return
        lists = self._completed(first.local)
        begin, skipped = self._nearer(first.local, low)
        count = None if self.count is None else self.count - skipped
        if count is not None and count <= 0:
            return
        until = None if self.until is None else _latest(self.until, first)
        for local in self._expanded(begin, count, lists):
            if local > high or (until is not None and instant_of(local, first.zone) > until):
                return
            if local >= low:
                yield local

    def _expanded(
        self, begin: datetime, count: int | None, lists: dict[str, Any]
    ) -> Iterator[datetime]:
        try:
            yield from rrule(
                self.frequency, dtstart=begin, interval=self.interval, count=count, **lists
            )
        except ValueError:
            raise BadCalendar(self.line, "is a rule that fits no time") from None

    def _last(self, first: Moment) -> datetime:
        """No start is later; roughly, by no more than two days."""
        assert self.until is not None
        return self.until.local + timedelta(days=2 if self.until.local.year < MAXYEAR else 0)

    def _completed(self, first: datetime) -> dict[str, Any]:
        """With what the rule leaves to the first start, since it is expanded from a later one."""
        lists = dict(self.lists)
        days = ("bymonthday", "byyearday", "byweekno", "byweekday")
        if self.frequency == YEARLY and "byweekno" in lists and "byweekday" not in lists:
            lists["byweekday"] = first.weekday()
        if any(name in lists for name in days):
            return lists
        if self.frequency == WEEKLY:
            lists["byweekday"] = first.weekday()
        elif self.frequency in (MONTHLY, YEARLY):
            lists["bymonthday"] = first.day
            if self.frequency == YEARLY:
                lists.setdefault("bymonth", first.month)
        return lists

    def _nearer(self, first: datetime, low: datetime) -> tuple[datetime, int]:
        """A start before `low` from which the rule goes on as from the first; and what it skips."""
        if low <= first or (self.count is not None and not self._is_plain):
            return first, 0
        if self.frequency in _STEPS:
            step = _STEPS[self.frequency] * self.interval
            skipped = max((low - first) // step - 1, 0)
            return first + skipped * step, skipped
        if self.count is not None:
            return first, 0
        months = self.interval * (12 if self.frequency == YEARLY else 1)
        passed = (low.year - first.year) * 12 + low.month - first.month
        skipped = passed // months - 1
        if skipped <= 0:
            return first, 0
        month = first.month - 1 + skipped * months
        if self.frequency == YEARLY:
            return first.replace(year=first.year + month // 12, month=1, day=1), skipped
        return first.replace(year=first.year + month // 12, month=month % 12 + 1, day=1), skipped

    @property
    def _is_plain(self) -> bool:
        """Each step is one start, so that those that are skipped can be counted."""
        return self.frequency in _STEPS and not self.lists.keys() - {"wkst"}


def parse_rule(prop: ContentLine, zones: Zones) -> Rule:
    """Raises `BadCalendar`."""
    parts = _parts(prop)
    frequency = _FREQUENCIES.get(parts.get("FREQ", "").upper())
    if frequency is None:
        raise BadCalendar(prop.line, f"{prop.name} says no frequency")
    interval = _number(prop, parts, "INTERVAL")
    if interval is not None and not 1 <= interval <= _LONGEST_INTERVAL:
        raise BadCalendar(prop.line, f"{prop.name} has an interval out of range")
    count = _number(prop, parts, "COUNT")
    until = parts.get("UNTIL")
    return Rule(
        frequency,
        interval or 1,
        count if count is not None and count > 0 else None,  # Outlook writes -1 for no end
        None if until is None else moment(prop, zones, until),
        _lists(prop, parts),
        prop.line,
    )


def _latest(until: Moment, first: Moment) -> int:
    """The instant after which nothing starts: a date is meant to its end, as people read it."""
    if until.all_day:
        return instant_of(until.local + _WHOLE_DAY, first.zone)
    if until.zone is not UTC:
        return instant_of(until.local, first.zone)
    if first.all_day:
        # Some write the local midnight in UTC, others the day.
        day = until.local.replace(hour=0, minute=0, second=0)
        return max(until.instant, instant_of(day, first.zone))
    return until.instant


def _parts(prop: ContentLine) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in prop.value.strip().strip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals:
            raise BadCalendar(prop.line, f"{prop.name} is no recurrence rule")
        parts[name.strip().upper()] = value.strip()
    return parts


def _number(prop: ContentLine, parts: dict[str, str], name: str) -> int | None:
    if name not in parts:
        return None
    if not re.fullmatch(r"[+-]?\d{1,9}", parts[name]):
        raise BadCalendar(prop.line, f"{prop.name} has no number as {name}")
    return int(parts[name])


def _lists(prop: ContentLine, parts: dict[str, str]) -> dict[str, Any]:
    lists: dict[str, Any] = {}
    for name, bounds in _LISTS.items():
        if name in parts:
            lists[name.lower()] = sorted(
                {_within(prop, name, n, bounds) for n in _items(parts, name)}
            )
    if "BYDAY" in parts:
        lists["byweekday"] = [_weekday(prop, day) for day in _items(parts, "BYDAY")]
    if "WKST" in parts:
        lists["wkst"] = _weekday(prop, parts["WKST"].upper())
    return lists


def _items(parts: dict[str, str], name: str) -> list[str]:
    return [item.strip().upper() for item in parts[name].split(",")]


def _within(prop: ContentLine, name: str, text: str, bounds: tuple[int, int, bool]) -> int:
    least, most, backwards = bounds
    number = int(text) if re.fullmatch(r"[+-]?\d{1,3}", text) else None
    size = number if number is None or not backwards else abs(number)
    if number is None or size is None or not least <= size <= most:
        raise BadCalendar(prop.line, f"{prop.name} has {name} out of range")
    return min(number, 59) if name == "BYSECOND" else number


def _weekday(prop: ContentLine, text: str) -> Any:
    found = _BYDAY.fullmatch(text)
    if found is None:
        raise BadCalendar(prop.line, f"{prop.name} names no day of the week")
    nth = int(found[1] or 0)
    if abs(nth) > 53:
        raise BadCalendar(prop.line, f"{prop.name} has BYDAY out of range")
    return _DAYS[found[2]](nth) if nth else _DAYS[found[2]]
