"""Whether a start that was decided for is one to regret: more people could come at another."""

from typing import NamedTuple

import numpy as np

from recommender.ranking.any_start import lies_in_a_slot
from recommender.ranking.index import PollIndex
from recommender.ranking.rules import Rules, kept, people_at, unmet
from recommender.ranking.runs import runs_of
from recommender.ranking.stopping import checkpoint


class Better(NamedTuple):
    """So many `people` more could come at this start."""

    start: int
    people: int


def regretted(
    index: PollIndex, rules: Rules, decided: int, *, now: int, people: int
) -> Better | None:
    """The start after `now` to which the most can come, if they are at least so many `people` more.

    Of those that the poll offers and that break no rule which the decided one keeps; among equals
    the better one, then the earlier. None where the decided start is over, and where it lies in no
    slot: nobody was asked about that time.
    """
    if decided <= now or not lies_in_a_slot(index.times, decided):
        return None
    there = index.attendance_at(decided) > 0
    come = int(np.count_nonzero(there))
    found = _best_attended(
        index, rules, since=now + 1, least=come + people, forgiven=unmet(index, rules, there)
    )
    return None if found is None else found._replace(people=found.people - come)


def _best_attended(
    index: PollIndex, rules: Rules, *, since: int, least: int, forgiven: tuple[str, ...]
) -> Better | None:
    """With all the `people` who can come: at least so many."""
    runs = runs_of(index.times, index.changes)
    count = people_at(index, runs.last)
    possible = (runs.score >= 0) & (runs.until > since)
    count[~(possible & kept(index, rules, runs.last, forgiven))] = 0
    while (most := int(count.max(initial=0))) >= least:
        checkpoint()
        best = int(np.where(count == most, runs.score, -1).argmax())
        start = runs.first_offer(index.times, best, since)
        if start is not None:
            return Better(start, most)
        count[best] = 0
    return None
