"""What an operator can see of those who watch."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class LiveMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.viewers = Gauge("live_viewers", "Who watches a poll right now", registry=registry)
        self.refused = Counter(
            "live_refused", "Who could not watch, since too many do", registry=registry
        )
        self.computations = Counter(
            "live_computations", "Polls looked at for all who watch them", registry=registry
        )
