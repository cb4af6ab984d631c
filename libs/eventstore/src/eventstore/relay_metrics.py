"""What a relay shows to Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge


class RelayMetrics:
    def __init__(self, registry: CollectorRegistry | None, topics: Iterable[str]) -> None:
        registry = registry or CollectorRegistry()
        self.leading = Gauge(
            "commontime_relay_leading",
            "1 in the process whose relay sends for this service",
            registry=registry,
        )
        self.outbox_facts = Gauge(
            "commontime_outbox_facts",
            "Facts Kafka has not acknowledged, counted up to 100,000",
            registry=registry,
        )
        self.outbox_states = Gauge(
            "commontime_outbox_states",
            "States of things Kafka has not acknowledged, counted up to 100,000",
            registry=registry,
        )
        self.outbox_oldest_seconds = Gauge(
            "commontime_outbox_oldest_seconds",
            "Age of the oldest fact or state Kafka has not acknowledged",
            registry=registry,
        )
        self.sent = Counter(
            "commontime_relay_sent",
            "Messages Kafka acknowledged",
            ["topic"],
            registry=registry,
        )
        for topic in topics:
            self.sent.labels(topic)

    def measured(self, facts: int, states: int, oldest_seconds: float) -> None:
        self.outbox_facts.set(facts)
        self.outbox_states.set(states)
        self.outbox_oldest_seconds.set(oldest_seconds)

    def left_to_another(self) -> None:
        """Another process tells from now on; what was measured here would stand for ever."""
        self.measured(0, 0, 0)
