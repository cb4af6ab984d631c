"""Which facts of a batch may be applied now. Pure: the sequences seen come in."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from inbox.reading import Incoming
from inbox.sources import Place


@dataclass(slots=True)
class Plan:
    """`facts` in order per key; `sequences` are the ones seen once they are applied.

    `gaps` are places where a fact is missing, `unreadable` facts are next in line but have no
    reading. What comes after either is left for later, as is all of a held place.
    """

    facts: list[Incoming] = field(default_factory=list[Incoming])
    sequences: dict[Place, int] = field(default_factory=dict[Place, int])
    gaps: set[Place] = field(default_factory=set[Place])
    unreadable: list[Incoming] = field(default_factory=list[Incoming])
    duplicates: int = 0
    held: int = 0


def make_plan(
    incoming: Iterable[Incoming], seen: Mapping[Place, int], held: AbstractSet[Place]
) -> Plan:
    plan = Plan()
    for place, facts in _by_place(incoming).items():
        if place in held:
            plan.held += len(facts)
        else:
            _plan_place(plan, place, facts, seen.get(place, 0))
    return plan


def _by_place(incoming: Iterable[Incoming]) -> dict[Place, list[Incoming]]:
    places: dict[Place, list[Incoming]] = {}
    for fact in incoming:
        places.setdefault(fact.place, []).append(fact)
    return places


def _plan_place(plan: Plan, place: Place, facts: list[Incoming], seen: int) -> None:
    last = seen
    ordered = sorted(facts, key=lambda fact: fact.sequence)
    for index, fact in enumerate(ordered, 1):
        if fact.sequence <= last:
            plan.duplicates += 1
        elif fact.sequence > last + 1:
            plan.gaps.add(place)
            break
        elif fact.unreadable is not None:
            plan.unreadable.append(fact)
            plan.held += len(ordered) - index
            break
        else:
            last = fact.sequence
            plan.facts.append(fact)
    if last > seen:
        plan.sequences[place] = last
