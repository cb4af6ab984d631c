"""The window of a poll cut to its daily hours: the slots in which a meeting may lie.

The only place where daily hours meet daylight saving time. poll-api expands a poll's window here
once and for all; whoever asks what another window would give expands it in the same way.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from contracts.fact import Span
from contracts.polls import DailyHours, Weekday

_DAY = timedelta(days=1)
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def slots(window: Span, hours: DailyHours | None, zone: ZoneInfo) -> tuple[Span, ...]:
    """Disjoint slots in order, in UTC, touching ones joined; the whole window without hours.

    Each local day whose name is in `hours.days` gives the stretch that *begins* on it. A bound
    that the zone skips moves to the next instant that exists, a repeated one is its first.
    """
    if hours is None:
        return (window,)
    clipped = (
        (max(start, window.start), min(end, window.end))
        for start, end in _stretches(window, hours, zone)
    )
    return tuple(Span(start=start, end=end) for start, end in _joined(clipped))


def length_of(hours: DailyHours) -> timedelta:
    """How long the hours of one ordinary day are."""
    day = date(2000, 1, 1)
    start, end = datetime.combine(day, hours.start), datetime.combine(day, hours.end)
    return end - start if end > start else end + _DAY - start


def _stretches(
    window: Span, hours: DailyHours, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    # The day before the window may reach into it past midnight.
    day = window.start.astimezone(zone).date() - _DAY
    last = window.end.astimezone(zone).date()
    days_to_end = _DAY if hours.end <= hours.start else timedelta()
    while day <= last:
        if _WEEKDAYS[day.weekday()] in hours.days:
            yield (
                _instant_or_next(day, hours.start, zone),
                _instant_or_next(day + days_to_end, hours.end, zone),
            )
        day += _DAY


def _instant_or_next(day: date, at: time, zone: ZoneInfo) -> datetime:
    local = datetime.combine(day, at, zone)
    # Read with the offset before a change of the clocks and the one after it: in a gap, and only
    # there, the former is the later instant, and the clocks jump between the two.
    before, after = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return _jump_between(after, before, zone) if before > after else before


def _jump_between(earlier: datetime, later: datetime, zone: ZoneInfo) -> datetime:
    offset_after = later.astimezone(zone).utcoffset()
    while later - earlier > timedelta(microseconds=1):
        middle = earlier + (later - earlier) // 2
        if middle.astimezone(zone).utcoffset() == offset_after:
            later = middle
        else:
            earlier = middle
    return later


def _joined(
    stretches: Iterable[tuple[datetime, datetime]],
) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in stretches:
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
