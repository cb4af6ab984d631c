"""What a timer loop shows to Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300)


class TimerMetrics:
    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.fired = Counter("commontime_timers_fired", "Timers that fired", registry=registry)
        self.lateness = Histogram(
            "commontime_timers_lateness_seconds",
            "From the due instant to the commit, by the database's clock",
            buckets=_BUCKETS_S,
            registry=registry,
        )
