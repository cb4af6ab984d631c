"""What an operator can see of the polls that others are to be told of."""

from collections.abc import Callable
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Gauge


class EmissionMetrics:
    """`clock` counts seconds, whatever since."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due_since: float | None = None
        self.emitted = Counter(
            "recommendations_emitted", "States of polls left for the relay", registry=registry
        )
        Gauge(
            "commontime_recommendation_oldest_dirty_seconds",
            "How long the oldest change of a poll waits to be told; grows while nobody tells",
            registry=registry,
        ).set_function(self._oldest)

    def saw(self, oldest_s: float | None) -> None:
        """The oldest change waits so long by now; None where there is none."""
        self._due_since = None if oldest_s is None else self._clock() - oldest_s

    def _oldest(self) -> float:
        return 0.0 if self._due_since is None else max(0.0, self._clock() - self._due_since)
