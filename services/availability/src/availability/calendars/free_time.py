"""From what is busy to what is free: instants in whole seconds, intervals half-open. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from availability.calendars.moments import instant_of, local_at

Interval = tuple[int, int]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """In order of time, with those joined that overlap or touch."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return joined


def clipped(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    inside = ((max(start, window[0]), min(end, window[1])) for start, end in intervals)
    return [(start, end) for start, end in inside if start < end]


def without(intervals: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """What of `intervals` is left; both are in order and disjoint."""
    left: list[Interval] = []
    at = 0
    for start, end in intervals:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        since, position = start, at
        while position < len(taken) and taken[position][0] < end:
            if since < taken[position][0]:
                left.append((since, taken[position][0]))
            since = max(since, taken[position][1])
            position += 1
        if since < end:
            left.append((since, end))
    return left


def widened(intervals: Iterable[Interval], buffer: int) -> list[Interval]:
    return merged((start - buffer, end + buffer) for start, end in intervals)


def working_hours(
    window: Interval, zone: tzinfo, start: int, end: int, days: Sequence[int]
) -> list[Interval]:
    """Those of each local day, in minutes after midnight; an end not after the start: next day."""
    return clipped(merged(_days(window, zone, start, end, frozenset(days))), window)


def _days(
    window: Interval, zone: tzinfo, start: int, end: int, days: frozenset[int]
) -> Iterator[Interval]:
    one = timedelta(days=1)
    day = local_at(window[0], zone).replace(hour=0, minute=0, second=0) - one
    last = local_at(window[1], zone)
    until = end if end > start else end + 24 * 60
    while day <= last:
        if day.weekday() in days:
            yield _at(day, start, zone), _at(day, until, zone)
        day += one


def _at(day: datetime, minutes: int, zone: tzinfo) -> int:
    return instant_of(day + timedelta(minutes=minutes), zone)
