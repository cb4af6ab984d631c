"""Puts small polls to the product and to the oracle, and finds where they differ."""

import random
from collections.abc import Callable
from dataclasses import replace

from explain_oracle import (
    Somebody,
    Wish,
    any_time,
    fewest_to_leave_out,
    good,
    least_to_ask,
    longest_duration,
    present,
    smallest_changes,
    unmet,
)
from small_polls import SmallPoll, small_poll

from recommender.ranking.additions import Addition
from recommender.ranking.any_start import attendance_at, one_before
from recommender.ranking.blockers import blockers
from recommender.ranking.demands import Crowd
from recommender.ranking.minimal_changes import minimal_changes
from recommender.ranking.rank import rank
from recommender.ranking.relaxations import Ask, LeaveOut, Relaxation, Shorten, relaxations
from recommender.ranking.times import MINUTE


def change_disagreement(seed: int) -> str | None:
    """What the changes and blockers of some start of a poll have wrong, if anything."""
    poll = small_poll(seed)
    starts = [start for start in poll.plan.instants if poll.plan.fits(start)]
    if not starts:
        return None
    start = random.Random(seed).choice(starts)
    here = attendance_at(poll.index, start)
    coming = present(poll.plan, poll.people, start)
    broken = unmet(poll.plan, poll.people, coming)
    ranked = rank(poll.index, rules=poll.rules, include_unmet=True).recommendations
    before = one_before(ranked, here, meets_rules=not broken)
    crowd = Crowd.of(poll.index)
    found = minimal_changes(poll.index, poll.index.free(), crowd, poll.rules, here, before)
    expected = smallest_changes(
        poll.plan, poll.people, start, before and (before.start, before.meets_rules)
    )
    actual = {change.goal: _wish(poll, change.start, change.additions) for change in found}
    if actual != expected:
        return f"changes at {start}: expected {expected}\n     got {actual}"
    if not all(change.smallest for change in found):
        return "what is smallest is not said to be"
    missed = {
        each.participant: (each.everyone, each.rules)
        for each in blockers(poll.index, crowd, poll.rules, here)
    }
    wanted = _missed(poll, coming, broken)
    return None if missed == wanted else f"blockers at {start}: expected {wanted}, got {missed}"


def _wish(poll: SmallPoll, start: int, additions: tuple[Addition, ...]) -> Wish | str:
    """As the oracle has it, or that something else is added than what is lacking."""
    people = {person.id: person for person in poll.people}
    for each in additions:
        added = [x for a, b in each.spans for x in range(a, b)]
        if added != sorted(poll.plan.needed(start) - people[each.participant].cells):
            return f"{each} is not what is lacking at {start}"
    cost = sum(each.length for each in additions)
    return Wish(cost, start, tuple(each.participant for each in additions))


def _missed(
    poll: SmallPoll, coming: set[str], broken: list[str]
) -> dict[str, tuple[bool, tuple[str, ...]]]:
    result: dict[str, tuple[bool, tuple[str, ...]]] = {}
    for person in poll.people:
        helps = {"min_available", "min_percentage", *(f"group:{name}" for name in person.groups)}
        helps |= {"required"} if person.required else set()
        codes = tuple(code for code in broken if code in helps)
        if person.id not in coming and (codes or person.free is not None):
            result[person.id] = (person.free is not None, codes)
    return result


def relaxation_disagreement(seed: int) -> str | None:
    """What the relaxations of a poll without an answer have wrong, if anything."""
    poll = small_poll(seed, demanding=True)
    ranking = rank(poll.index, rules=poll.rules)
    if ranking.empty_reason is None:
        return None if any_time(poll.plan, poll.people) else "there is no time"
    found = relaxations(poll.index, poll.rules, ranking.empty_reason)
    if ranking.empty_reason == "no_schedules":
        return None if found == () else f"nobody answered, yet {found}"
    kinds = [type(each) for each in found]
    if kinds != [kind for kind in (LeaveOut, Shorten, Ask) if kind in kinds]:
        return f"not at most one of each kind, in order: {found}"
    told = {type(each): in_words_of_oracle(poll, each) for each in found}
    unit = min(5 * MINUTE, poll.plan.step)
    expected = {
        LeaveOut: fewest_to_leave_out(poll.plan, poll.people),
        Shorten: longest_duration(poll.plan, poll.people, unit),
        Ask: least_to_ask(poll.plan, poll.people),
    }
    actual = {kind: told.get(kind) for kind in expected}
    return None if actual == expected else f"expected {expected}\n     got {actual}"


def in_words_of_oracle(poll: SmallPoll, told: Relaxation) -> Wish | int | str:
    """What is told, or that its leading recommendation is none."""
    plan, people = poll.plan, poll.people
    if isinstance(told, LeaveOut):
        people = [person for person in people if person.id not in told.participants]
    elif isinstance(told, Shorten):
        plan = replace(plan, duration=told.duration)
    else:
        people = [_with(person, told) for person in people]
    leading = told.leading
    coming = present(plan, people, leading.start)
    if not good(plan, people, leading.start) or sorted(coming) != list(leading.available):
        return f"not what would lead: {leading}"
    if isinstance(told, Ask):
        return _wish(poll, told.start, told.additions)
    return told.duration if isinstance(told, Shorten) else len(told.participants)


def _with(person: Somebody, told: Ask) -> Somebody:
    added = {
        x
        for each in told.additions
        if each.participant == person.id
        for a, b in each.spans
        for x in range(a, b)
    }
    return replace(person, free=person.cells | added) if added else person


def first_disagreement(of: Callable[[int], str | None], seeds: range) -> str | None:
    for seed in seeds:
        if found := of(seed):
            return f"seed {seed}: {found}"
    return None
