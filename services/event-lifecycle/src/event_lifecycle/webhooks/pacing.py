"""How much each endpoint may be sent now: what is under way, how often, and whether at all.

Kept by each process for itself, and only while an endpoint differs from one nobody knows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf
from time import monotonic
from uuid import UUID

from event_lifecycle.webhooks.breaker import Breaker, Held, Tolerance
from event_lifecycle.webhooks.deliveries import Claimed
from event_lifecycle.webhooks.rates import Rate
from event_lifecycle.webhooks.retry import Attempt

# An endpoint that is not known is given this much; its own rate is learnt with it.
_ROOM_OF_THE_UNKNOWN = 1
_SWEEP_S = 5.0


@dataclass(frozen=True)
class Limits:
    """Of one endpoint: attempts per second and at the same time, unless it has its own rate."""

    rate: int = 50
    in_flight: int = 10
    tolerance: Tolerance = field(default_factory=Tolerance)


@dataclass
class _Flow:
    """`more`: the last claim left some of what is due, as far as we know."""

    rate: Rate
    sending: int = 0
    more: bool = False


class Pacing:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._flows: dict[UUID, _Flow] = {}
        self._breakers: defaultdict[UUID, Breaker] = defaultdict(lambda: Breaker(limits.tolerance))
        # Those whose last result, which closes them to all processes, is not recorded yet.
        self._holding: set[UUID] = set()
        self._swept_at = monotonic()

    def rooms(self) -> dict[UUID, int]:
        """What every known endpoint may be given now; any other may be given one."""
        now = monotonic()
        self._forget(now)
        most = self._limits.in_flight
        return {
            endpoint: 0
            if endpoint in self._holding
            else max(0, min(most - flow.sending, flow.rate.room(now)))
            for endpoint, flow in self._flows.items()
        }

    def took(
        self, claimed: Sequence[Claimed], rooms: Mapping[UUID, int], *, all_had_a_turn: bool
    ) -> None:
        """What a claim returned, sent or not, that was made with these `rooms`."""
        now = monotonic()
        rows = Counter(one.endpoint for one in claimed)
        for one in claimed:
            self._flow(one, now)
        for endpoint, flow in self._flows.items():
            room = rooms.get(endpoint, _ROOM_OF_THE_UNKNOWN)
            if room and (all_had_a_turn or rows[endpoint]):
                flow.more = rows[endpoint] >= room

    def begins(self, delivery: Claimed) -> None:
        flow = self._flows[delivery.endpoint]
        flow.sending += 1
        flow.rate.take(1, monotonic())
        if not delivery.probe and delivery.endpoint in self._breakers:
            self._breakers[delivery.endpoint].closed()

    def ended(self, delivery: Claimed, attempt: Attempt, begun: float) -> Held | None:
        """How the endpoint is to be left alone now, if it is; `begun` by the monotonic clock."""
        now = monotonic()
        flow = self._flows[delivery.endpoint]
        flow.sending -= 1
        if attempt.ours:
            return None
        if attempt.asks_for_less:
            flow.rate.slow_down(begun, now)
        elif not attempt.failed:
            flow.rate.speed_up(now)
        held = self._held(delivery, attempt, now)
        if held:
            self._holding.add(delivery.endpoint)
        return held

    def recorded(self, endpoints: Iterable[UUID]) -> None:
        """From now on claims see for themselves which of them are left alone."""
        self._holding.difference_update(endpoints)

    def wants(self, endpoint: UUID) -> bool:
        """Whether room for it is of use at once."""
        flow = self._flows.get(endpoint)
        return flow is not None and flow.more

    def pause(self) -> float:
        """Seconds until an endpoint has room for more of what is due; infinite if none waits."""
        now = monotonic()
        return min(
            (
                flow.rate.pause(now)
                for flow in self._flows.values()
                if flow.more and flow.sending < self._limits.in_flight
            ),
            default=inf,
        )

    def _held(self, delivery: Claimed, attempt: Attempt, now: float) -> Held | None:
        tolerance = self._limits.tolerance
        breaker = self._breakers[delivery.endpoint]
        asked = min(attempt.asked_pause or timedelta(), tolerance.longest)
        if delivery.probe:
            opens = attempt.failed
            if not opens:
                breaker.closed()
        else:
            opens = breaker.note(failed=attempt.failed, timed_out=attempt.timed_out, now=now)
        if opens:
            opened = delivery.breaker_opened + 1
            return Held(opened, max(tolerance.pause(opened), asked))
        return Held(delivery.breaker_opened, asked) if asked else None

    def _flow(self, delivery: Claimed, now: float) -> _Flow:
        """By the endpoint's rate as it is now: its owner may have changed it."""
        limit = min(delivery.rate or self._limits.rate, self._limits.rate)
        flow = self._flows.get(delivery.endpoint)
        if flow is None:
            flow = self._flows[delivery.endpoint] = _Flow(Rate(limit, now))
        flow.rate.limited_to(limit, now)
        return flow

    def _forget(self, now: float) -> None:
        """Who is as good as unknown."""
        for endpoint in [
            endpoint
            for endpoint, flow in self._flows.items()
            if not flow.sending and not flow.more and flow.rate.at_ease(now)
        ]:
            del self._flows[endpoint]
        if now - self._swept_at > _SWEEP_S:
            self._swept_at = now
            for endpoint in [e for e, one in self._breakers.items() if one.at_ease(now)]:
                del self._breakers[endpoint]
