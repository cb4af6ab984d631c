"""The starts at which a meeting could be, of a poll that has none to recommend yet."""

import numpy as np

from recommender.ranking.index import PollIndex

_CELLS = 1_000_000
"""So many people times starts are looked at, some tenths of a second."""
_FEWEST = 50


def possible_starts(index: PollIndex) -> list[int]:
    """Starts on the step at which the meeting lies in a slot, and those at which people begin to
    be able to come, in order.

    So many that nothing can be recommended at another that could not be at one of these, too; of a
    poll too large for that, the most promising.
    """
    most = max(_FEWEST, _CELLS // max(1, len(index)))
    changes = index.changes
    arrivals = np.unique(changes.time[changes.code < 4])
    starts = np.union1d(arrivals, np.array(_on_step(index, most), np.int64))
    if len(starts) > most and len(changes.time):
        score = np.append(0, changes.delta.cumsum())
        at_start = score[changes.time.searchsorted(starts, "right")]
        starts = np.sort(starts[np.argsort(-at_start, kind="stable")[:most]])
    return starts.tolist()


def _on_step(index: PollIndex, most: int) -> list[int]:
    """All of them, or as many as allowed, evenly spread."""
    times = index.times
    slots = list(zip(times.slot_starts.tolist(), times.slot_ends.tolist(), strict=True))
    offered = sum((end - start) // times.step + 1 for start, end in slots)
    stride = -(-offered // most) * times.step
    found: list[int] = []
    for first, end in slots:
        start = times.first_offered(first, end - times.duration)
        while start is not None:
            found.append(start)
            start = times.first_offered(start + stride, end - times.duration)
    return found
