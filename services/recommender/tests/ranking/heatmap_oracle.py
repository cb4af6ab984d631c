"""The heatmap by brute force: every unit of time is looked at, and nothing is shared.

All bounds must be multiples of `unit`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ranking_oracle import OraclePerson, OraclePoll


@dataclass(frozen=True)
class CountedCell:
    start: int
    end: int
    free: int
    if_needed: int
    preferred: int
    starts: int


def count_cells(
    poll: OraclePoll, people: Sequence[OraclePerson], length: int, counted: Collection[str]
) -> list[list[CountedCell]]:
    """The cells of each slot, in order."""
    units = slot_units(poll)
    ours = [levels_of(poll, person) for person in people if person.id in counted]
    result: list[list[CountedCell]] = []
    begin = 0
    for unit in sorted(units):
        if unit - 1 not in units:
            result.append([])
            begin = unit
        if (unit - begin) % (length // poll.unit) == 0:
            result[-1].append(counted_cell(poll, units, ours, unit, length))
    return result


def counted_cell(
    poll: OraclePoll, units: set[int], people: list[dict[int, int]], first: int, length: int
) -> CountedCell:
    within = [first]
    while len(within) < length // poll.unit and within[-1] + 1 in units:
        within.append(within[-1] + 1)
    lowest = [min(levels.get(unit, 0) for unit in within) for levels in people]
    able = [levels for levels in people if can_start(poll, units, levels, first)]
    return CountedCell(
        start=first * poll.unit,
        end=(within[-1] + 1) * poll.unit,
        free=sum(level > 0 for level in lowest),
        if_needed=lowest.count(1),
        preferred=lowest.count(3),
        starts=len(able),
    )


def can_start(poll: OraclePoll, units: set[int], levels: dict[int, int], first: int) -> bool:
    duration, before, after = (
        length // poll.unit for length in (poll.duration, poll.before, poll.after)
    )
    for unit in range(first - before, first + duration + after):
        of_the_meeting = first <= unit < first + duration
        if unit in units and unit not in levels:
            return False
        if unit not in units and of_the_meeting:
            return False
    return True


def slot_units(poll: OraclePoll) -> set[int]:
    return {
        unit
        for start, end in poll.slots
        for unit in range(start // poll.unit, end // poll.unit)
        if poll.window[0] <= unit * poll.unit < poll.window[1]
    }


def levels_of(poll: OraclePoll, person: OraclePerson) -> dict[int, int]:
    levels: dict[int, int] = {}
    for start, end, level in person.intervals or ():
        for unit in range(start // poll.unit, end // poll.unit):
            levels[unit] = max(level, levels.get(unit, 0))
    return levels
