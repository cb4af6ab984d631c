"""The ranking as one would write it with `intervaltree`: the baseline of `make bench`.

Every person's intervals go into a tree, which is split at every boundary and grouped; each pair of
boundaries is a stretch, and those long enough are ranked by how many people cover them. Everything
is built anew for each request. It knows neither levels nor steps nor slots, which flatters it.
"""

from collections.abc import Iterable, Sequence
from heapq import nsmallest
from typing import NamedTuple

from intervaltree import Interval, IntervalTree


class Stretch(NamedTuple):
    """A stretch `[start, end)` at least as long as the meeting, and who is free for all of it."""

    start: int
    end: int
    people: frozenset[str]


def rank_with_intervaltree(
    schedules: Iterable[tuple[str, Sequence[tuple[int, int]]]], duration: int, limit: int
) -> list[Stretch]:
    """The `limit` stretches with most people, the earliest first among equals.

    `schedules` are ids with half-open intervals in microseconds.
    """
    tree = IntervalTree(
        Interval(start, end, person) for person, intervals in schedules for start, end in intervals
    )
    tree.split_overlaps()
    free: dict[tuple[int, int], set[str]] = {}
    for piece in tree:
        free.setdefault((piece.begin, piece.end), set()).add(piece.data)
    found = _stretches(sorted(free.items()), duration)
    return nsmallest(limit, found, key=lambda each: (-len(each.people), each.start, -each.end))


def _stretches(pieces: list[tuple[tuple[int, int], set[str]]], duration: int) -> Iterable[Stretch]:
    for first, ((start, _), people) in enumerate(pieces):
        everyone, reached = frozenset(people), start
        for (begin, end), others in pieces[first:]:
            everyone &= others
            if begin > reached or not everyone:
                break
            reached = end
            if end - start >= duration:
                yield Stretch(start, end, everyone)
