"""The ranking by brute force: every instant is tried, and nothing is shared with the product.

It follows the definitions word by word and is far too slow for anything but tests. All bounds must
be multiples of `unit`. Between two multiples nothing changes, so one instant stands for all there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Levels = tuple[int, ...]


@dataclass(frozen=True)
class OraclePoll:
    window: tuple[int, int]
    slots: tuple[tuple[int, int], ...]
    duration: int
    step: int
    offset_at: Callable[[int], int]
    before: int = 0
    after: int = 0
    unit: int = 1


@dataclass(frozen=True)
class OraclePerson:
    id: str
    weight: int
    intervals: tuple[tuple[int, int, int], ...] | None
    required: bool = False
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class OracleDemand:
    """What is asked for; 0 stands for no such rule, `groups` are names with numbers of people."""

    limit: int = 10
    distinct: bool = True
    include_unmet: bool = False
    slots: bool = False
    ignore: frozenset[str] = frozenset()
    min_available: int = 0
    min_percentage: int = 0
    groups: tuple[tuple[str, int], ...] = ()


@dataclass
class Run:
    first: int
    rises: bool
    at: int
    levels: Levels
    on_step: list[int]

    @property
    def offered(self) -> list[int]:
        return self.on_step or ([self.first] if self.rises else [])


def recommend(
    poll: OraclePoll, people: list[OraclePerson], demand: OracleDemand
) -> list[dict[str, Any]]:
    people = sorted((p for p in people if p.id not in demand.ignore), key=lambda p: p.id)
    table = level_table(poll, people)

    def key(levels: Levels) -> tuple[int, ...]:
        return (bool(broken(people, levels, demand)), *order(people, levels))

    runs = sorted(all_runs(poll, table), key=lambda run: (*key(run.levels), run.first))
    answer: list[dict[str, Any]] = []
    seen: set[tuple[frozenset[int], int, int]] = set()
    tiers: list[tuple[int, ...]] = []
    for run in runs:
        who = frozenset(n for n, level in enumerate(run.levels) if level)
        unmet = broken(people, run.levels, demand)
        first, last = range_of(table, run.at, who)
        starts = starts_of(run, poll, demand, answer)
        if not who or not starts or (who, first, last) in seen:
            continue
        if unmet and not demand.include_unmet:
            continue
        seen.add((who, first, last))
        for start in starts[: demand.limit - len(answer)]:
            if key(run.levels) not in tiers:
                tiers.append(key(run.levels))
            answer.append(
                {
                    "rank": len(answer) + 1,
                    "tier": len(tiers),
                    "start": start,
                    "end": start + poll.duration,
                    "window": (first, last + poll.duration),
                    "latest_start": last,
                    "unmet": unmet,
                    **attendance(poll, people, run.levels, start),
                }
            )
    return answer


def broken(people: list[OraclePerson], levels: Levels, demand: OracleDemand) -> tuple[str, ...]:
    """The codes of the rules that are not kept if those come who have a level."""
    there = [person for person, level in zip(people, levels, strict=True) if level]
    codes: list[str] = []
    if any(person.required and person not in there for person in people):
        codes.append("required")
    if len(there) < demand.min_available:
        codes.append("min_available")
    if 100 * len(there) < demand.min_percentage * len(people):
        codes.append("min_percentage")
    for name, at_least in demand.groups:
        members = [person for person in people if name in person.groups]
        if sum(person in there for person in members) < min(at_least, len(members)):
            codes.append(f"group:{name}")
    return tuple(codes)


def why_empty(poll: OraclePoll, people: list[OraclePerson], demand: OracleDemand) -> str | None:
    """The first reason that holds for an answer without recommendations."""
    if recommend(poll, people, demand):
        return None
    people = [person for person in people if person.id not in demand.ignore]
    in_slots = open_cells(poll)
    tried = range(*poll.window, poll.unit)
    if not any(in_slots.issuperset(cells(poll, t, t + poll.duration)) for t in tried):
        return "window_too_short"
    if all(person.intervals is None for person in people):
        return "no_schedules"
    somebody = any(any(levels) for _, levels in level_table(poll, people))
    return "rules_unmet" if somebody else "no_common_time"


def starts_of(
    run: Run, poll: OraclePoll, demand: OracleDemand, answer: list[dict[str, Any]]
) -> list[int]:
    """The starts that the run gives, the suggested one first."""
    free = [t for t in run.offered if not demand.distinct or clear(t, poll, answer)]
    if not demand.slots:
        return free[:1]
    starts: list[int] = []
    for t in free:
        if not starts or t >= starts[-1] + poll.duration:
            starts.append(t)
    return starts


def clear(start: int, poll: OraclePoll, answer: list[dict[str, Any]]) -> bool:
    return all(start >= a["end"] or start + poll.duration <= a["start"] for a in answer)


def order(people: list[OraclePerson], levels: Levels) -> tuple[int, int, int]:
    weight = sum(person.weight for person, level in zip(people, levels, strict=True) if level)
    return -weight, levels.count(1), -levels.count(3)


def cells(poll: OraclePoll, start: int, end: int) -> range:
    """Numbers of the units that `[start, end)` touches."""
    return range(start // poll.unit, -(-end // poll.unit))


def open_cells(poll: OraclePoll) -> set[int]:
    within = set(cells(poll, *poll.window))
    return {cell for slot in poll.slots for cell in cells(poll, *slot)} & within


def level_table(
    poll: OraclePoll, people: list[OraclePerson]
) -> list[tuple[tuple[int, int], Levels]]:
    """For each stretch `(first, last)` of equal instants, in order: everybody's level."""
    in_slots = open_cells(poll)
    free = [free_cells(poll, person) for person in people]
    stretches: list[tuple[int, int]] = []
    for t in range(poll.window[0], poll.window[1], poll.unit):
        stretches.append((t, t))
        if poll.unit > 1:
            stretches.append((t + 1, t + poll.unit - 1))
    return [
        (stretch, tuple(level_at(poll, in_slots, own, stretch[0]) for own in free))
        for stretch in stretches
    ]


def free_cells(poll: OraclePoll, person: OraclePerson) -> dict[int, int]:
    own: dict[int, int] = {}
    for start, end, level in person.intervals or ():
        for cell in cells(poll, start, end):
            own[cell] = max(own.get(cell, 0), level)
    return own


def level_at(poll: OraclePoll, in_slots: set[int], own: dict[int, int], t: int) -> int:
    meeting = cells(poll, t, t + poll.duration)
    around = cells(poll, t - poll.before, t + poll.duration + poll.after)
    if not all(cell in in_slots for cell in meeting):
        return 0
    if not all(own.get(cell, 0) for cell in around if cell in in_slots):
        return 0
    return min(own.get(cell, 0) for cell in meeting)


def all_runs(poll: OraclePoll, table: list[tuple[tuple[int, int], Levels]]) -> list[Run]:
    runs: list[Run] = []
    before: Levels = tuple(0 for _ in table[0][1])
    for at, ((first, last), levels) in enumerate(table):
        if at == 0 or levels != before:
            rises = any(new > old for new, old in zip(levels, before, strict=True))
            runs.append(Run(first, rises, at, levels, []))
        if first == last and on_step(poll, first):
            runs[-1].on_step.append(first)
        before = levels
    return runs


def on_step(poll: OraclePoll, t: int) -> bool:
    day = 24 * 3600 * 1_000_000
    return (t + poll.offset_at(t)) % day % poll.step == 0


def range_of(
    table: list[tuple[tuple[int, int], Levels]], at: int, who: frozenset[int]
) -> tuple[int, int]:
    """The closed range of starts around a stretch in which all of `who` can come."""
    lo = hi = at
    while lo > 0 and all(table[lo - 1][1][n] for n in who):
        lo -= 1
    while hi + 1 < len(table) and all(table[hi + 1][1][n] for n in who):
        hi += 1
    return table[lo][0][0], table[hi][0][1]


def attendance(
    poll: OraclePoll, people: list[OraclePerson], levels: Levels, start: int
) -> dict[str, Any]:
    pairs = list(zip(people, levels, strict=True))
    available = tuple(p.id for p, level in pairs if level)
    answered = [p for p, level in pairs if p.intervals is not None and not level]
    return {
        "available": available,
        "preferred": tuple(p.id for p, level in pairs if level == 3),
        "if_needed": tuple(p.id for p, level in pairs if level == 1),
        "unavailable": tuple(p.id for p in answered),
        "missing": [
            (p.id, gaps) for p in answered if (gaps := missing(poll, p, start)) is not None
        ],
        "unanswered": tuple(p.id for p in people if p.intervals is None),
        "score": {
            "available": len(available),
            "weight": sum(p.weight for p, level in pairs if level),
            "if_needed": levels.count(1),
            "preferred": levels.count(3),
        },
    }


def missing(poll: OraclePoll, person: OraclePerson, start: int) -> list[tuple[int, int]] | None:
    """The needed time the person lacks, or None if that is all of it."""
    own, in_slots = free_cells(poll, person), open_cells(poll)
    around = cells(poll, start - poll.before, start + poll.duration + poll.after)
    needed = [cell for cell in around if cell in in_slots]
    lacking = [cell for cell in needed if cell not in own]
    if lacking == needed:
        return None
    gaps: list[tuple[int, int]] = []
    for cell in lacking:
        span = (cell * poll.unit, (cell + 1) * poll.unit)
        if gaps and gaps[-1][1] == span[0]:
            gaps[-1] = (gaps[-1][0], span[1])
        else:
            gaps.append(span)
    return gaps
