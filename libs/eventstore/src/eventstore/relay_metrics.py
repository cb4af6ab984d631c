"""What a relay shows to Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class RelayMetrics:
    def __init__(self, registry: CollectorRegistry | None = None) -> None:
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
        self.outbox_oldest_seconds = Gauge(
            "commontime_outbox_oldest_seconds",
            "Age of the oldest fact Kafka has not acknowledged",
            registry=registry,
        )
        self.sent = Counter(
            "commontime_relay_sent",
            "Messages Kafka acknowledged",
            ["topic"],
            registry=registry,
        )
