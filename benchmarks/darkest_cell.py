"""How often somebody errs who reads the best time off a grid: the figures of docs/ranking.md.

The polls are those of the other benchmarks, with thirty people and another seed each. The darkest
cell is the quarter of an hour in which most people are free, the first of several. A meeting takes
an hour, and the best ones are those to which most people can come.
"""

import sys

import numpy as np

from benchmarks.polls import HOUR, TIMES, crowd, index_of
from benchmarks.report import Row, report
from recommender.ranking.heatmap import heatmap

PEOPLE = 30
POLLS = 1_000


def main() -> bool:
    fewer = [fewer_by_cell(seed) for seed in range(1, POLLS + 1)]
    return report(
        "darkest_cell",
        [
            Row("started there, somebody is missed", "% of polls", _share(fewer, 0)),
            Row("no best meeting even touches it", "% of polls", _share(fewer, 1)),
            Row(
                "missed when started there, on average", "people", float(np.mean(fewer, axis=0)[0])
            ),
        ],
    )


def fewer_by_cell(seed: int) -> tuple[int, int]:
    """How many fewer than the most come when the meeting starts with the cell, or holds it."""
    index = index_of(crowd(PEOPLE, 15, seed=seed))
    map_ = heatmap(index, TIMES.step, np.ones(len(index), np.bool_))
    darkest = int(map_.free.argmax())
    since = map_.cells.start[darkest] - HOUR
    holding = (map_.cells.start > since) & (map_.cells.start <= map_.cells.start[darkest])
    most = int(map_.starts.max())
    return most - int(map_.starts[darkest]), most - int(map_.starts[holding].max())


def _share(fewer: list[tuple[int, int]], which: int) -> float:
    return 100 * float(np.mean([each[which] > 0 for each in fewer]))


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
