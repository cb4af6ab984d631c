"""Recommendations recomputed from scratch, by trying every start: shares nothing with the product.

For polls with nothing but a window, a duration and steps of a quarter of an hour. Bounds are
quarters since the window's start, and levels 1 if needed, 2 available, 3 preferred.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEVELS = {"if_needed": 1, "available": 2, "preferred": 3}

Free = tuple[int, int, int]
"""Start, end, level."""


@dataclass(frozen=True)
class Choice:
    start: int
    end: int
    window: tuple[int, int]
    available: tuple[str, ...]
    preferred: tuple[str, ...]
    if_needed: tuple[str, ...]
    unavailable: tuple[str, ...]


def recommend(
    people: Mapping[str, Sequence[Free]], quarters: int, length: int, limit: int = 10
) -> list[Choice]:
    """The best `limit` choices of which no two overlap."""
    names = sorted(people)
    # Even entries are the quarters, odd ones all instants between two quarters.
    table = [
        tuple(_level(people[name], instant, length, quarters) for name in names)
        for instant in range(2 * quarters)
    ]
    chosen: list[Choice] = []
    seen: set[tuple[tuple[str, ...], tuple[int, int]]] = set()
    for starts in sorted(_runs(table), key=lambda starts: (_rank(table[starts[0]]), starts[0])):
        free = [s // 2 for s in starts if all(_apart(s // 2, length, c) for c in chosen)]
        if not any(table[starts[0]]) or not free or len(chosen) == limit:
            continue
        choice = _choice(names, table, free[0], length)
        if (choice.available, choice.window) not in seen:
            seen.add((choice.available, choice.window))
            chosen.append(choice)
    return chosen


def _level(schedule: Sequence[Free], instant: int, length: int, quarters: int) -> int:
    """How gladly someone comes to a meeting that starts then; 0: cannot."""
    first, last = instant // 2, -(-instant // 2) + length
    if last > quarters:
        return 0
    return min(
        max((level for start, end, level in schedule if start <= quarter < end), default=0)
        for quarter in range(first, last)
    )


def _runs(table: list[tuple[int, ...]]) -> list[list[int]]:
    """The quarters of each stretch in which nothing changes."""
    runs: list[list[int]] = []
    for instant, levels in enumerate(table):
        if instant == 0 or levels != table[instant - 1]:
            runs.append([])
        if instant % 2 == 0:
            runs[-1].append(instant)
    return [run for run in runs if run]


def _rank(levels: tuple[int, ...]) -> tuple[int, int, int]:
    return -sum(level > 0 for level in levels), levels.count(1), -levels.count(3)


def _apart(start: int, length: int, other: Choice) -> bool:
    return start >= other.end or start + length <= other.start


def _choice(names: list[str], table: list[tuple[int, ...]], start: int, length: int) -> Choice:
    levels = table[2 * start]
    come = [n for n, level in enumerate(levels) if level]
    low = high = 2 * start
    while low > 0 and all(table[low - 1][n] for n in come):
        low -= 1
    while high + 1 < len(table) and all(table[high + 1][n] for n in come):
        high += 1

    def who(*wanted: int) -> tuple[str, ...]:
        return tuple(name for name, level in zip(names, levels, strict=True) if level in wanted)

    return Choice(
        start,
        start + length,
        (low // 2, high // 2 + length),
        available=who(1, 2, 3),
        preferred=who(3),
        if_needed=who(1),
        unavailable=who(0),
    )
