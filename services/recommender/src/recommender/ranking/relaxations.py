"""What could be given up, or asked for, where no time can be recommended.

Whatever is told has been tried: it comes with the recommendation that would lead then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.additions import Addition
from recommender.ranking.cheapest import cheapest_start
from recommender.ranking.demands import Crowd, rules_met, somebody
from recommender.ranking.gaps import Gaps
from recommender.ranking.index import PollIndex
from recommender.ranking.possible_starts import possible_starts
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import EmptyReason, Recommendation
from recommender.ranking.rules import NO_RULES, Rules
from recommender.ranking.schedules import AVAILABLE, pack, unpack
from recommender.ranking.stopping import checkpoint
from recommender.ranking.times import MINUTE


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Were these not in the poll, ordered by id, it would be met: the fewest people, if it can."""

    participants: tuple[str, ...]
    leading: Recommendation


@dataclass(frozen=True, slots=True)
class Shorten:
    """The longest duration at which there is a time, in microseconds."""

    duration: int
    leading: Recommendation


@dataclass(frozen=True, slots=True)
class Ask:
    """The least additional time, in order of id, with which there is one, namely at `start`.

    Starts on the step are looked at, and those at which somebody begins to be able to come.
    """

    start: int
    additions: tuple[Addition, ...]
    leading: Recommendation


Relaxation: TypeAlias = LeaveOut | Shorten | Ask


def relaxations(
    index: PollIndex, rules: Rules | None, reason: EmptyReason
) -> tuple[Relaxation, ...]:
    """At most one of each kind, in the order of the kinds above.

    `index` and `rules` are those to which the answer was empty for that reason; None where it
    includes times that do not meet the rules.
    """
    found = (attempt(index, rules) for attempt in _ATTEMPTS[reason])
    return tuple(relaxation for relaxation in found if relaxation is not None)


def _leave_out(index: PollIndex, rules: Rules | None) -> LeaveOut | None:
    if rules is None:
        return None
    starts = possible_starts(index)
    crowd = Crowd.of(index)
    best: tuple[int, int, NDArray[np.bool_]] | None = None
    for start in starts:
        checkpoint()
        present = index.attendance_at(start)[crowd.numbers] > 0
        out = _in_the_way(crowd, rules, present)
        if out is not None:
            order = (int(np.count_nonzero(out)), -int(crowd.weight[present].sum()))
            if best is None or order < best[:2]:
                best = (*order, out)
    if best is None:
        return None
    participants = tuple(crowd.ids[position] for position in np.flatnonzero(best[2]).tolist())
    leading = _leading(index.without(participants), rules)
    return None if leading is None else LeaveOut(participants, leading)


def _in_the_way(crowd: Crowd, rules: Rules, present: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """The fewest without whom those present are enough; None where too few are present.

    To leave out somebody who is present helps no rule. A group that has too few there needs all of
    its members who are left.
    """
    coming = int(np.count_nonzero(present))
    if coming < max(1, rules.min_available):
        return None
    out = crowd.required & ~present
    for group in rules.groups:
        member = crowd.member.get(group.name)
        if member is not None and np.count_nonzero(member & present) < group.at_least:
            out |= member & ~present
    if rules.min_percentage:
        too_many = len(crowd) - coming * 100 // rules.min_percentage
        others = np.flatnonzero(~present & ~out)
        out[others[: max(0, too_many - int(np.count_nonzero(out)))]] = True
    return out


def _shorten(index: PollIndex, rules: Rules | None) -> Shorten | None:
    """By bisection: whoever can come to a meeting can come to a shorter one at the same start."""
    times = index.times
    unit = min(5 * MINUTE, times.step)
    longest_slot = int((times.slot_ends - times.slot_starts).max(initial=0))
    works, fails = 0, min(times.duration - 1, longest_slot) // unit + 1
    found: Shorten | None = None
    while fails - works > 1:
        middle = (works + fails) // 2
        leading = _leading(index.lasting(middle * unit), rules)
        if leading is None:
            fails = middle
        else:
            works, found = middle, Shorten(middle * unit, leading)
    return found


def _ask(index: PollIndex, rules: Rules | None) -> Ask | None:
    starts = possible_starts(index)
    if not starts:
        return None
    crowd = Crowd.of(index)
    gaps = Gaps(index.times, len(index), index.free())
    cost = gaps.missing(starts)[crowd.numbers]
    demands = somebody(crowd) if rules is None else rules_met(crowd, rules, at_least=1)
    found = cheapest_start(cost, demands)
    if found is None:
        return None
    column, choice = found
    numbers: list[int] = crowd.numbers[choice.people].tolist()
    lacked = gaps.lacked(starts[column], numbers)
    additions = tuple(Addition(index.id_of(number), tuple(lacked[number])) for number in numbers)
    leading = _leading(_with(index, additions), rules)
    return None if leading is None else Ask(starts[column], additions, leading)


def _with(index: PollIndex, additions: tuple[Addition, ...]) -> PollIndex:
    changed = [
        person._replace(schedule=_with_added(person.schedule, addition))
        for addition in additions
        if (person := index.person(addition.participant)) is not None
    ]
    return index.with_people(changed, ())


def _with_added(schedule: bytes | None, addition: Addition) -> bytes:
    added = [(start, end, AVAILABLE) for start, end in addition.spans]
    return pack([*unpack(schedule or b""), *added])


def _leading(index: PollIndex, rules: Rules | None) -> Recommendation | None:
    checkpoint()
    unmet = rules is None
    found = rank(index, rules=rules or NO_RULES, include_unmet=unmet, limit=1).recommendations
    return found[0] if found else None


_ATTEMPTS: Mapping[
    EmptyReason, tuple[Callable[[PollIndex, Rules | None], Relaxation | None], ...]
] = {
    "window_too_short": (_shorten,),
    "no_schedules": (),
    "no_common_time": (_shorten, _ask),
    "rules_unmet": (_leave_out, _shorten, _ask),
}
