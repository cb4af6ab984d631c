"""Brings submitted intervals into their one form, and cuts them to a poll's window. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from contracts.fact import Span
from contracts.schedules import FreeInterval, Preference

_LOW_TO_HIGH: tuple[Preference, ...] = ("if_needed", "available", "preferred")


def normalise(intervals: Iterable[FreeInterval]) -> tuple[FreeInterval, ...]:
    """In order of time, disjoint, as few as can be.

    Where preferences overlap the higher wins; touching intervals of one preference are joined.
    Takes O(n log n), however the intervals overlap.
    """
    pieces: list[FreeInterval] = []
    open_counts = dict.fromkeys(_LOW_TO_HIGH, 0)
    since: datetime | None = None
    current: Preference | None = None
    for instant, change, preference in _boundaries(intervals):
        open_counts[preference] += change
        highest = _highest(open_counts)
        if highest != current:
            if current is not None and since is not None:
                _extend(pieces, since, instant, current)
            since, current = instant, highest
    return tuple(pieces)


def _boundaries(intervals: Iterable[FreeInterval]) -> list[tuple[datetime, int, Preference]]:
    boundaries: list[tuple[datetime, int, Preference]] = []
    for interval in intervals:
        boundaries.append((interval.start, 1, interval.preference))
        boundaries.append((interval.end, -1, interval.preference))
    return sorted(boundaries)


def _highest(open_counts: dict[Preference, int]) -> Preference | None:
    return next((p for p in reversed(_LOW_TO_HIGH) if open_counts[p]), None)


def _extend(
    pieces: list[FreeInterval], start: datetime, end: datetime, preference: Preference
) -> None:
    if start == end:
        return
    last = pieces[-1] if pieces else None
    if last is not None and last.end == start and last.preference == preference:
        start = pieces.pop().start
    pieces.append(FreeInterval(start=start, end=end, preference=preference))


def clip(intervals: Iterable[FreeInterval], window: Span) -> tuple[FreeInterval, ...]:
    """What of the intervals lies inside the window."""
    inside = (
        i.model_copy(update={"start": max(i.start, window.start), "end": min(i.end, window.end)})
        for i in intervals
    )
    return tuple(i for i in inside if i.start < i.end)


def outside(intervals: Sequence[FreeInterval], window: Span) -> list[int]:
    """Positions of the intervals that leave the window."""
    return [n for n, i in enumerate(intervals) if i.start < window.start or i.end > window.end]
