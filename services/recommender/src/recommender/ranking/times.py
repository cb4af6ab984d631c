"""When a poll can meet: its slots, how long it takes, and the starts its clock offers.

Instants and lengths are integer microseconds, instants in UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
"""A half-open stretch of time `[start, end)`."""

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
FOREVER = 1 << 60
"""Later than any instant, and far enough from the end of int64 to add lengths to it."""
EVER = -FOREVER
"""Earlier than any instant."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class WallClock:
    """A zone's offset from UTC over a window.

    `offsets[i]` holds from `changes[i - 1]` until `changes[i]`: one more offset than changes.
    """

    offsets: tuple[int, ...] = (0,)
    changes: tuple[int, ...] = ()

    @classmethod
    def of(cls, timezone: str, start: int, end: int) -> "WallClock":
        """Reads an IANA zone over `[start, end)`; raises ZoneInfoNotFoundError if it is unknown."""
        zone = ZoneInfo(timezone)
        offsets, changes = [_offset(zone, start)], list[int]()
        before = start
        while before < end:
            after = min(before + DAY // 4, end)
            offset = _offset(zone, after)
            if offset != offsets[-1]:
                changes.append(_change_between(zone, before, after))
                offsets.append(offset)
            before = after
        return cls(tuple(offsets), tuple(changes))

    def first_on_step(self, step: int, first: int, last: int) -> int | None:
        """The first instant in `[first, last]` whose local time of day is a multiple of `step`."""
        if not self.changes:  # as nearly always, and asked for every recommendation
            found = first + -(first + self.offsets[0]) % step
            return found if found <= last else None
        edges = (-FOREVER, *self.changes, FOREVER)
        for offset, since, until in zip(self.offsets, edges, edges[1:], strict=False):
            earliest = max(first, since)
            found = earliest + -(earliest + offset) % step
            if found <= last and found < until:
                return found
        return None

    def surely_off_step(
        self, step: int, first: NDArray[np.int64], until: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which stretches `[first, until)` hold no instant on the step.

        A stretch across a change of offset is answered with False: ask `first_on_step`.
        """
        if not self.changes:
            return _none_within(step, first, until, self.offsets[0])
        changes = np.array(self.changes, np.int64)
        segment = changes.searchsorted(first, "right")
        offset = np.array(self.offsets, np.int64)[segment]
        whole = changes.searchsorted(until - 1, "right") == segment
        return whole & _none_within(step, first, until, offset)


@dataclass(frozen=True)
class PollTimes:
    """What a poll says about time.

    `slots` may touch or overlap and reach out of `window`. `step` divides a day. `before` and
    `after` are the buffers around a meeting in which people must be free where there are slots.
    """

    window: Span
    slots: tuple[Span, ...]
    duration: int
    step: int
    clock: WallClock
    before: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        if self.duration <= 0 or self.before < 0 or self.after < 0:
            raise ValueError("a duration is positive, and a buffer is not negative")
        if self.step <= 0 or DAY % self.step:
            raise ValueError("a step divides a day")

    @cached_property
    def slot_starts(self) -> NDArray[np.int64]:
        """Starts of the slots inside the window, joined where they touch, in order."""
        return np.array([start for start, _ in self._joined], np.int64)

    @cached_property
    def slot_ends(self) -> NDArray[np.int64]:
        """Ends that belong to `slot_starts`."""
        return np.array([end for _, end in self._joined], np.int64)

    @cached_property
    def _joined(self) -> list[Span]:
        lo, hi = self.window
        return joined((max(start, lo), min(end, hi)) for start, end in self.slots)

    @property
    def fits_a_slot(self) -> bool:
        """Whether any slot is long enough for the meeting."""
        return any(end - start >= self.duration for start, end in self._joined)

    def first_offered(self, first: int, last: int) -> int | None:
        """The first start on the poll's step in `[first, last]`."""
        return self.clock.first_on_step(self.step, first, last)

    def needed(self, start: int) -> list[Span]:
        """The time in which a person must be free for a meeting at `start`, buffers included."""
        lo, hi = start - self.before, start + self.duration + self.after
        first = int(self.slot_ends.searchsorted(lo, "right"))
        beyond = int(self.slot_starts.searchsorted(hi, "left"))
        return [(max(a, lo), min(b, hi)) for a, b in self._joined[first:beyond]]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time as disjoint spans in order; empty ones vanish, touching ones become one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def uncovered(needed: Iterable[Span], free: Iterable[Span]) -> list[Span]:
    """The parts of `needed` outside `free`; both are disjoint and in order."""
    held = list(free)
    gaps: list[Span] = []
    for start, end in needed:
        for free_from, free_until in held:
            if free_from >= end:
                break
            if free_from > start:
                gaps.append((start, free_from))
            start = max(start, free_until)
        if start < end:
            gaps.append((start, end))
    return gaps


def _none_within(
    step: int, first: NDArray[np.int64], until: NDArray[np.int64], offset: NDArray[np.int64] | int
) -> NDArray[np.bool_]:
    return (first + (offset - 1)) // step == (until + (offset - 1)) // step


def _offset(zone: ZoneInfo, instant: int) -> int:
    offset = (_EPOCH + timedelta(microseconds=instant)).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def _change_between(zone: ZoneInfo, before: int, after: int) -> int:
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after
