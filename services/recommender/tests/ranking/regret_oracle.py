"""Regret by brute force: every start is tried, and nothing is shared with the product."""

from ranking_oracle import (
    OracleDemand,
    OraclePerson,
    OraclePoll,
    all_runs,
    broken,
    cells,
    free_cells,
    level_at,
    level_table,
    open_cells,
    order,
)


def regret(
    poll: OraclePoll,
    people: list[OraclePerson],
    demand: OracleDemand,
    decided: int,
    now: int,
    least: int,
) -> tuple[int, int] | None:
    """The better start and how many more can come, where they are at least so many."""
    in_slots = open_cells(poll)
    meeting = cells(poll, decided, decided + poll.duration)
    if decided <= now or not in_slots.issuperset(meeting):
        return None
    here = tuple(level_at(poll, in_slots, free_cells(poll, each), decided) for each in people)
    kept_no_more = set(broken(people, here, demand))
    found: list[tuple[tuple[int, ...], int, int]] = []
    for run in all_runs(poll, level_table(poll, people)):
        come = sum(level > 0 for level in run.levels)
        more = come - sum(level > 0 for level in here)
        if more < least or set(broken(people, run.levels, demand)) - kept_no_more:
            continue
        key = (-come, *order(people, run.levels))
        found += [((*key, start), start, more) for start in run.offered if start > now]
    return min(found)[1:] if found else None
