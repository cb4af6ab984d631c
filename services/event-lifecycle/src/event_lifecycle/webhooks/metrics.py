"""What an operator sees of deliveries; never an address or an id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from event_lifecycle.webhooks.claims import Claimed
from event_lifecycle.webhooks.retry import Attempt, Verdict

_SIZES = (0, 1, 2, 5, 10, 20, 50, 100, 200)
_DELAYS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_OUTCOMES = ("delivered", "retry", "dead", "disabled")


@dataclass(frozen=True, slots=True)
class Backlog:
    """`oldest_s`: for how long what could be sent has been waiting."""

    pending: int
    breakers_open: int
    oldest_s: float


class DeliveryMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, help_: str, *labels: str) -> Counter:
            return Counter(f"commontime_webhook_{name}", help_, labels, registry=registry)

        def gauge(name: str, help_: str) -> Gauge:
            return Gauge(f"commontime_webhook_{name}", help_, registry=registry)

        def histogram(name: str, help_: str, buckets: Sequence[float]) -> Histogram:
            return Histogram(
                f"commontime_webhook_{name}", help_, registry=registry, buckets=buckets
            )

        attempts = counter("attempts", "Attempts, by what became of the delivery", "outcome")
        self._attempts = {outcome: attempts.labels(outcome) for outcome in _OUTCOMES}
        self._dead = counter("dead", "Deliveries that became dead letters")
        self._duration = histogram("attempt_duration_seconds", "How long partners take", _DELAYS_S)
        self._delay = histogram(
            "first_attempt_delay_seconds", "From a message to its first attempt", _DELAYS_S
        )
        self._claim_size = histogram("claim_size", "Deliveries begun by one claim", _SIZES)
        self._in_flight = gauge("in_flight", "Attempts under way in this process")
        self._pending = gauge("pending", "Deliveries that are neither done nor given up")
        self._breakers_open = gauge("breakers_open", "Endpoints left alone because they failed")
        self._oldest = gauge(
            "oldest_pending_seconds", "How long the oldest delivery that could be sent waits"
        )

    def claimed(self, deliveries: Sequence[Claimed]) -> None:
        self._claim_size.observe(sum(one.fate == "sent" for one in deliveries))
        self._dead.inc(sum(one.fate in ("used_up", "buried") for one in deliveries))

    def attempted(self, delivery: Claimed, attempt: Attempt, verdict: Verdict) -> None:
        outcome = "retry" if verdict.state == "pending" else verdict.state
        self._attempts["disabled" if verdict.disable else outcome].inc()
        self._dead.inc(verdict.state == "dead")
        self._duration.observe(attempt.took / timedelta(seconds=1))
        if delivery.attempts == 1:
            delay = attempt.started_at - delivery.created_at
            self._delay.observe(delay / timedelta(seconds=1))

    def in_flight(self, attempts: int) -> None:
        self._in_flight.set(attempts)

    def saw(self, backlog: Backlog) -> None:
        self._pending.set(backlog.pending)
        self._breakers_open.set(backlog.breakers_open)
        self._oldest.set(backlog.oldest_s)
