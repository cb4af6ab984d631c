"""What an operator sees of deliveries; never an address or an id."""

from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram

from event_lifecycle.webhooks.retry import Attempt, Verdict


class DeliveryMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "webhook_attempts",
            "Attempts by what became of the delivery",
            ["state"],
            registry=registry,
        )
        self._duration = Histogram(
            "webhook_attempt_duration_seconds", "How long partners take", registry=registry
        )

    def observe(self, attempt: Attempt, verdict: Verdict) -> None:
        self._attempts.labels(verdict.state).inc()
        self._duration.observe(attempt.took / timedelta(seconds=1))
