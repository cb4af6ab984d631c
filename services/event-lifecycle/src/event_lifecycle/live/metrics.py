"""What an operator can see of those who watch events."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class StreamMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.viewers = Gauge(
            "commontime_event_stream_viewers", "Who watches events right now", registry=registry
        )
        self.refused = Counter(
            "commontime_event_stream_refused",
            "Who could not watch, since too many do",
            registry=registry,
        )
