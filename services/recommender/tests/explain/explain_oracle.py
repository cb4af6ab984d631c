"""What keeps a start from being better, and what would help: by trying everything.

Shares nothing with the product. Time is counted in whole units, and all bounds are multiples of
one; whatever has a least is found by trying all people, all starts and all durations.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

Cells = frozenset[int]


@dataclass(frozen=True)
class Somebody:
    id: str
    weight: int
    free: Cells | None
    required: bool
    groups: tuple[str, ...]

    @property
    def cells(self) -> Cells:
        return self.free or frozenset()


@dataclass(frozen=True)
class Plan:
    """`groups` are (name, at least so many)."""

    window: tuple[int, int]
    slots: tuple[tuple[int, int], ...]
    duration: int
    step: int
    offset_at: Callable[[int], int]
    before: int
    after: int
    min_available: int
    min_percentage: int
    groups: tuple[tuple[str, int], ...]

    @cached_property
    def open(self) -> Cells:
        lo, hi = self.window
        return frozenset(x for a, b in self.slots for x in range(max(a, lo), min(b, hi)))

    def fits(self, start: int) -> bool:
        return self.open.issuperset(range(start, start + self.duration))

    def needed(self, start: int) -> Cells:
        return self.open & frozenset(range(start - self.before, start + self.duration + self.after))

    def on_step(self, start: int) -> bool:
        return (start + self.offset_at(start)) % self.step == 0

    @property
    def instants(self) -> range:
        return range(*self.window)


@dataclass(frozen=True, order=True)
class Wish:
    """What is added for a meeting at `start`; the less is the better, then the earlier."""

    cost: int
    start: int
    people: tuple[str, ...]


def comes(plan: Plan, person: Somebody, start: int) -> bool:
    return plan.fits(start) and plan.needed(start) <= person.cells


def present(plan: Plan, people: Iterable[Somebody], start: int) -> set[str]:
    return {person.id for person in people if comes(plan, person, start)}


def unmet(plan: Plan, people: list[Somebody], here: set[str]) -> list[str]:
    broken: list[str] = []
    if any(person.required and person.id not in here for person in people):
        broken.append("required")
    if len(here) < plan.min_available:
        broken.append("min_available")
    if 100 * len(here) < plan.min_percentage * len(people):
        broken.append("min_percentage")
    for name, at_least in plan.groups:
        members = {person.id for person in people if name in person.groups}
        if len(members & here) < min(at_least, len(members)):
            broken.append(f"group:{name}")
    return broken


def starts_of(plan: Plan, people: list[Somebody], start: int) -> list[int]:
    """The start, and those on the step where all who can come to it can come, too."""
    here = present(plan, people, start)
    found = [start]
    for way in (1, -1):
        other = start + way
        while here and here <= present(plan, people, other):
            found += [other] if plan.on_step(other) else []
            other += way
    return sorted(found)


def with_more(plan: Plan, people: list[Somebody], who: Iterable[str], start: int) -> list[Somebody]:
    chosen = set(who)
    return [
        replace(person, free=person.cells | plan.needed(start)) if person.id in chosen else person
        for person in people
    ]


def wishes(
    plan: Plan, people: list[Somebody], starts: Iterable[int], *, answered_only: bool
) -> Iterator[Wish]:
    """Every set of people who lack something, at every start."""
    for start in starts:
        lacking = {
            person.id: len(plan.needed(start) - person.cells)
            for person in sorted(people, key=lambda person: person.id)
            if person.free is not None or not answered_only
        }
        asked = [who for who, lacks in lacking.items() if lacks]
        for size in range(len(asked) + 1):
            for who in combinations(asked, size):
                yield Wish(sum(lacking[each] for each in who), start, who)


def smallest_changes(
    plan: Plan, people: list[Somebody], start: int, before: tuple[int, bool] | None
) -> dict[str, Wish]:
    """By goal; `before` is the start ranked before this one, and whether it meets the rules."""
    here = present(plan, people, start)
    answered = {person.id for person in people if person.free is not None}
    starts = starts_of(plan, people, start)
    goals: dict[str, Callable[[Wish], bool]] = {}
    if unmet(plan, people, here):
        goals["rules"] = lambda wish: not unmet_with(plan, people, wish)
    if before is not None:
        goals["above"] = lambda wish: outranks(plan, people, wish, *before)
    if not answered <= here:
        goals["everyone"] = lambda wish: (
            answered <= present(plan, with_more(plan, people, wish.people, wish.start), wish.start)
        )
    found: dict[str, Wish] = {}
    for goal, reached in goals.items():
        all_wishes = wishes(plan, people, starts, answered_only=goal != "rules")
        enough = [wish for wish in all_wishes if reached(wish)]
        if enough:
            found[goal] = min(enough)
    return found


def unmet_with(plan: Plan, people: list[Somebody], wish: Wish) -> list[str]:
    more = with_more(plan, people, wish.people, wish.start)
    return unmet(plan, more, present(plan, more, wish.start))


def outranks(plan: Plan, people: list[Somebody], wish: Wish, other: int, meets: bool) -> bool:
    more = with_more(plan, people, wish.people, wish.start)
    weight = {person.id: person.weight for person in people}

    def weighs(start: int) -> int:
        return sum(weight[who] for who in present(plan, more, start))

    return weighs(wish.start) > weighs(other) and not (meets and unmet_with(plan, people, wish))


def any_time(plan: Plan, people: list[Somebody]) -> bool:
    return any(good(plan, people, start) for start in plan.instants)


def good(plan: Plan, people: list[Somebody], start: int) -> bool:
    here = present(plan, people, start)
    return bool(here) and not unmet(plan, people, here)


def fewest_to_leave_out(plan: Plan, people: list[Somebody]) -> int | None:
    for size in range(1, len(people) + 1):
        for out in combinations(people, size):
            if any_time(plan, [person for person in people if person not in out]):
                return size
    return None


def longest_duration(plan: Plan, people: list[Somebody], unit: int) -> int | None:
    for duration in range((plan.duration - 1) // unit * unit, 0, -unit):
        if any_time(replace(plan, duration=duration), people):
            return duration
    return None


def least_to_ask(plan: Plan, people: list[Somebody]) -> Wish | None:
    starts = [
        start
        for start in plan.instants
        if plan.fits(start)
        and (plan.on_step(start) or present(plan, people, start) - present(plan, people, start - 1))
    ]
    enough = [
        wish
        for wish in wishes(plan, people, starts, answered_only=False)
        if good(plan, with_more(plan, people, wish.people, wish.start), wish.start)
    ]
    return min(enough, default=None)
