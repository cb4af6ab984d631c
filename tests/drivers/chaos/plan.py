"""What is broken when, for how long: a pure function of the seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

REPLICAS = tuple(
    f"{service}-{number}"
    for service in ("poll-api", "availability", "recommender", "event-lifecycle")
    for number in (0, 1)
)
SERVICES = ("poll-api", "availability", "recommender", "event-lifecycle")
OWNERS = ("poll-api", "availability", "event-lifecycle")
TOPICS = ("commontime.polls", "commontime.schedules")

# What may happen to what. Those that come first are drawn first: each kind comes before any comes
# twice, so that a hundred faults hold them all.
KINDS: dict[str, tuple[str, ...]] = {
    "kill replica": REPLICAS,
    "kill postgres": ("postgres",),
    "lose messages": ("poll-api", "availability"),
    "repeat messages": TOPICS,
    "kill service": SERVICES,
    "kill kafka": ("kafka",),
    "poison": TOPICS,
    "partner drops acknowledgements": ("partner",),
    "hang replica": REPLICAS,
    "end connections": ("postgres",),
    "cut database": SERVICES,
    "drain replica": REPLICAS,
    "hang kafka": ("kafka",),
    "partner fails": ("partner",),
    "slow database": SERVICES,
    "cut kafka": ("kafka",),
    "clock jumps": REPLICAS,
    "hang postgres": ("postgres",),
    "republish": OWNERS,
    "rebalance storm": ("recommender-1", "availability-1", "event-lifecycle-1"),
    "hang database": SERVICES,
    "partner hangs": ("partner",),
    "slow kafka": ("kafka",),
    "poison a living key": TOPICS,
    "hang kafka connections": ("kafka",),
}
# A breaker that opened stays so for half a minute: its partner must be well again before that. And
# what is lost is noticed when more comes of the same.
_EARLY = ("lose messages", "partner fails", "partner hangs")
_LENGTHS = (1.0, 5.0)
_QUIET_FIRST, _QUIET_LAST = 3.0, 4.0


@dataclass(frozen=True, order=True)
class Fault:
    """Begins `at` so many seconds after the crowd and is healed `length` seconds later."""

    at: float
    kind: str
    victim: str
    length: float

    def __str__(self) -> str:
        return f"{self.at:.1f} s: {self.kind} ({self.victim}, {self.length:.1f} s)"


def make_plan(
    seed: int, faults: int, seconds: float, kinds: Sequence[str] = tuple(KINDS)
) -> tuple[Fault, ...]:
    """So many faults within so many seconds. No victim has two at once; different ones may.

    Seeds that follow each other take up the kinds where the one before stopped.
    """
    random = Random(f"chaos {seed}")
    room = seconds - _QUIET_FIRST - _QUIET_LAST
    step = room / faults
    drawn = [kinds[(seed * faults + number) % len(kinds)] for number in range(faults)]
    random.shuffle(drawn)
    drawn.sort(key=lambda kind: kind not in _EARLY)
    plan: list[Fault] = []
    for number, kind in enumerate(drawn):
        length = round(random.uniform(*_LENGTHS), 1)
        at = round(_QUIET_FIRST + step * (number + random.uniform(0, 0.8)), 1)
        victims = [v for v in KINDS[kind] if not _is_busy(plan, v, at)] or list(KINDS[kind])
        victim = random.choice(victims)
        at = max([at, *(_free_at(one) for one in plan if _share(one.victim, victim))])
        plan.append(Fault(at, kind, victim, length))
    return tuple(sorted(plan))


def in_a_row(plans: Sequence[Sequence[Fault]], seconds: float) -> tuple[Fault, ...]:
    """Plans of so many seconds each, one after the other."""
    return tuple(
        replace(fault, at=round(fault.at + number * seconds, 1))
        for number, plan in enumerate(plans)
        for fault in plan
    )


def _free_at(fault: Fault) -> float:
    """What was stopped needs a moment to be back."""
    return round(fault.at + fault.length + 1.5, 1)


def _is_busy(plan: Sequence[Fault], victim: str, at: float) -> bool:
    return any(_share(one.victim, victim) and _free_at(one) > at for one in plan)


def _share(one: str, other: str) -> bool:
    """Whether a victim is another one, or a part of it."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")
