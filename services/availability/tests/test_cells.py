"""Cells are judged minute by minute: free in a cell is who is free at each of its minutes."""

import random
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta

import pytest

from availability.cells import Cells, cells_of, encoded, free_cells
from availability.schedule import normalise
from contracts.fact import Span
from contracts.polls import PollDetails
from contracts.schedules import FreeInterval, Preference

START = datetime(2026, 12, 1, tzinfo=UTC)
RANK: dict[Preference, int] = {"if_needed": 1, "available": 2, "preferred": 3}


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def details(chance: random.Random) -> PollDetails:
    starts = [chance.randint(-10, 90) for _ in range(chance.randint(0, 4))]
    slots = tuple(Span(start=at(s), end=at(s + chance.randint(1, 40))) for s in starts)
    return PollDetails(
        title="t",
        timezone="UTC",
        window=Span(start=at(0), end=at(100)),
        slots=slots,
        duration=timedelta(minutes=5),
        step=timedelta(minutes=chance.choice([1, 3, 5, 15])),
    )


def plain_cells(poll: PollDetails) -> list[range]:
    """The minutes of each cell, by walking through the window."""
    minutes = [
        any(s.start <= at(m) < s.end for s in poll.slots) and 0 <= m < 100 for m in range(-20, 140)
    ]
    step, cells, begun = poll.step // timedelta(minutes=1), list[range](), None
    for minute, inside in zip(range(-20, 140), minutes, strict=True):
        if inside and begun is None:
            begun = minute
        if begun is not None and (not inside or minute - begun == step):
            cells.append(range(begun, minute))
            begun = minute if inside else None
    return cells


def level(intervals: tuple[FreeInterval, ...], minute: int) -> int:
    held = (RANK[i.preference] for i in intervals if i.start <= at(minute) < i.end)
    return max(held, default=0)


def plainly(cells: list[range], intervals: tuple[FreeInterval, ...]) -> list[tuple[bool, ...]]:
    least = [min(level(intervals, minute) for minute in cell) for cell in cells]
    return [(low >= 1, low == 3, low == 1) for low in least]


def decoded(bits: int, cells: Cells) -> list[bool]:
    data = encoded(bits, len(cells))
    raw = urlsafe_b64decode(data + "=" * (-len(data) % 4))
    assert len(raw) == (len(cells) + 7) // 8
    return [bool(raw[n // 8] >> n % 8 & 1) for n in range(len(cells))]


@pytest.mark.parametrize("seed", range(300))
def test_whoever_is_free_in_a_cell_is_free_at_each_of_its_minutes(seed: int) -> None:
    chance = random.Random(seed)
    poll = details(chance)
    cells = cells_of(poll, poll.step)
    walked = plain_cells(poll)
    assert list(zip(cells.starts, cells.ends, strict=True)) == [
        (at(cell.start), at(cell.stop)) for cell in walked
    ]
    preferences = list(RANK)
    intervals = normalise(
        FreeInterval(
            start=at(s), end=at(s + chance.randint(1, 40)), preference=chance.choice(preferences)
        )
        for s in (chance.randint(-10, 100) for _ in range(chance.randint(0, 8)))
    )
    found = free_cells(cells, [(i.start, i.end, i.preference) for i in intervals])
    shown = [decoded(bits, cells) for bits in (found.free, found.preferred, found.if_needed)]
    assert list(zip(*shown, strict=True)) == plainly(walked, intervals)
