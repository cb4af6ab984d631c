"""A poll's slots in cells, and which of them somebody is free in, as the heatmap counts them.

Slots are cut to the window and joined where they touch. Each has cells from its own start; the last
of a slot is cut at the slot's end. A cell counts only when the whole of it is covered. Pure.
"""

from base64 import urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from contracts.fact import Span
from contracts.polls import PollDetails
from contracts.schedules import Preference

FreeTime = tuple[datetime, datetime, Preference]
"""Start, end and preference of an interval."""

_RANK: dict[Preference, int] = {"if_needed": 1, "available": 2, "preferred": 3}


@dataclass(frozen=True)
class Cells:
    """`starts` and `ends` in order, those of the first slot first; `per_slot` counts them."""

    slots: tuple[Span, ...]
    per_slot: tuple[int, ...]
    length: timedelta

    @cached_property
    def starts(self) -> Sequence[datetime]:
        return [
            slot.start + number * self.length
            for slot, count in zip(self.slots, self.per_slot, strict=True)
            for number in range(count)
        ]

    @cached_property
    def ends(self) -> Sequence[datetime]:
        return [
            min(slot.start + (number + 1) * self.length, slot.end)
            for slot, count in zip(self.slots, self.per_slot, strict=True)
            for number in range(count)
        ]

    def __len__(self) -> int:
        return sum(self.per_slot)


@dataclass(frozen=True)
class FreeCells:
    """Integers whose bit n stands for cell n.

    `free` at any level; of those `preferred` where that holds for the whole cell, and `if_needed`
    where it takes that for a part of it.
    """

    free: int
    preferred: int
    if_needed: int


def cells_of(details: PollDetails, length: timedelta) -> Cells:
    slots = tuple(_joined(details))
    per_slot = tuple(-((slot.start - slot.end) // length) for slot in slots)
    return Cells(slots, per_slot, length)


def free_cells(cells: Cells, schedule: Sequence[FreeTime]) -> FreeCells:
    """`schedule` in its one form: in order of time and disjoint."""
    any_level, available, preferred = (_covered(cells, schedule, least) for least in (1, 2, 3))
    return FreeCells(free=any_level, preferred=preferred, if_needed=any_level & ~available)


def encoded(bits: int, count: int) -> str:
    """Of `count` cells, eight to a byte, the first in the lowest bit; base64url, unpadded."""
    return urlsafe_b64encode(bits.to_bytes(-(-count // 8), "little")).rstrip(b"=").decode()


def _joined(details: PollDetails) -> Iterable[Span]:
    window = details.window
    cut = ((max(slot.start, window.start), min(slot.end, window.end)) for slot in details.slots)
    start: datetime | None = None
    end: datetime | None = None
    for first, beyond in sorted(cut):
        if first >= beyond:
            continue
        if start is None or end is None or first > end:
            if start is not None and end is not None:
                yield Span(start=start, end=end)
            start, end = first, beyond
        else:
            end = max(end, beyond)
    if start is not None and end is not None:
        yield Span(start=start, end=end)


def _covered(cells: Cells, schedule: Sequence[FreeTime], least: int) -> int:
    """A stretch covers the cells that begin and end within it: one run of them, or none."""
    bits = 0
    for start, end in _stretches(schedule, least):
        first = bisect_left(cells.starts, start)
        beyond = bisect_right(cells.ends, end)
        if first < beyond:
            bits |= ((1 << (beyond - first)) - 1) << first
    return bits


def _stretches(schedule: Sequence[FreeTime], least: int) -> Iterable[tuple[datetime, datetime]]:
    """Where somebody is free at this level or better; what touches is one."""
    since: datetime | None = None
    until: datetime | None = None
    for start, end, preference in schedule:
        if _RANK[preference] < least:
            continue
        if since is not None and until is not None and start > until:
            yield since, until
            since = None
        since, until = since or start, end
    if since is not None and until is not None:
        yield since, until
