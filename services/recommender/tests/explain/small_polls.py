"""Random polls in which every microsecond counts, as the product and as the oracle see them."""

import random
from dataclasses import dataclass

from explain_oracle import Plan, Somebody

from recommender.ranking.index import Person, PollIndex
from recommender.ranking.rules import GroupRule, Rules
from recommender.ranking.schedules import pack
from recommender.ranking.times import PollTimes, WallClock

GROUPS = ("board", "staff")


@dataclass(frozen=True)
class SmallPoll:
    index: PollIndex
    rules: Rules
    plan: Plan
    people: list[Somebody]


def small_poll(seed: int, *, demanding: bool = False) -> SmallPoll:
    """`demanding` polls seldom have a time that meets all that is asked of it."""
    rng = random.Random(seed)
    start = rng.randrange(100, 120)
    window = (start, start + rng.randrange(8, 30))
    slots = tuple(_spans(rng, window))
    offset = rng.randrange(-4, 5)
    hard = 0.8 if demanding else 0.4
    plan = Plan(
        window=window,
        slots=slots,
        duration=rng.choice((2, 3, 4, 6, 8)) if demanding else rng.choice((1, 2, 3, 4, 6)),
        step=rng.choice((1, 2, 3, 4, 5)),
        offset_at=lambda _: offset,
        before=rng.choice((0, 0, 1, 2)),
        after=rng.choice((0, 0, 1, 3)),
        min_available=rng.randrange(5) if rng.random() < hard else 0,
        min_percentage=rng.choice((30, 50, 75, 100)) if rng.random() < hard else 0,
        groups=tuple((name, rng.randrange(1, 4)) for name in GROUPS if rng.random() < hard / 2),
    )
    weights = (1,) if rng.random() < 0.5 else (1, 2, 5)
    given = [_person(rng, f"p{n}", plan, weights) for n in rng.sample(range(30), rng.randrange(7))]
    index = PollIndex(_times(plan, offset), [person for person, _ in given])
    return SmallPoll(index, _rules(plan), plan, [somebody for _, somebody in given])


def _person(
    rng: random.Random, id_: str, plan: Plan, weights: tuple[int, ...]
) -> tuple[Person, Somebody]:
    spans: list[tuple[int, int, int]] = []
    for _ in range(rng.randrange(4)):
        begin = rng.randrange(plan.window[0] - 3, plan.window[1])
        spans.append((begin, begin + rng.randrange(1, 12), rng.choice((1, 2, 2, 3))))
    answered = rng.random() < 0.85
    weight, required = rng.choice(weights), rng.random() < 0.15
    groups = tuple(name for name in GROUPS if rng.random() < 0.4)
    cells = frozenset(x for a, b, _ in spans for x in range(a, b)) if answered else None
    schedule = pack(spans) if answered else None
    return (
        Person(id_, weight, schedule, required, groups),
        Somebody(id_, weight, cells, required, groups),
    )


def _spans(rng: random.Random, window: tuple[int, int]) -> list[tuple[int, int]]:
    if rng.random() < 0.4:
        return [window]
    edges = range(window[0] - 2, window[1] + 3)
    pairs = (sorted(rng.sample(edges, 2)) for _ in range(rng.randrange(1, 4)))
    return [(a, b) for a, b in pairs]


def _times(plan: Plan, offset: int) -> PollTimes:
    return PollTimes(
        window=plan.window,
        slots=plan.slots,
        duration=plan.duration,
        step=plan.step,
        clock=WallClock((offset,)),
        before=plan.before,
        after=plan.after,
    )


def _rules(plan: Plan) -> Rules:
    groups = tuple(GroupRule(name, at_least) for name, at_least in plan.groups)
    return Rules(plan.min_available, plan.min_percentage, groups)
