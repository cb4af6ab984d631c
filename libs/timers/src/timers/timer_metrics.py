"""What a timer loop shows to Prometheus."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATENESS_S = (
    *(0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.25, 0.5),
    *(1, 2.5, 5, 10, 30, 60, 300, 3600),
)
_CLAIM_SIZES = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class TimerMetrics:
    """`clock` counts seconds, whatever since."""

    def __init__(self, clock: Callable[[], float], registry: CollectorRegistry | None) -> None:
        registry = registry or CollectorRegistry()
        self._clock = clock
        self._next_due: float | None = None
        self._fired = Counter("commontime_timers_fired", "Timers that fired", registry=registry)
        self._lateness = Histogram(
            "commontime_timers_lateness_seconds",
            "From the due instant to the commit, by the database's clock",
            buckets=_LATENESS_S,
            registry=registry,
        )
        self._claim_size = Histogram(
            "commontime_timers_claim_size",
            "Timers taken by one claim; every look is a claim, also one that finds nothing",
            buckets=_CLAIM_SIZES,
            registry=registry,
        )
        Gauge(
            "commontime_timers_oldest_overdue_seconds",
            "How long the earliest known timer has been due; grows while the loop is stuck",
            registry=registry,
        ).set_function(self._overdue)

    def looked(self, lateness: Sequence[float], until_next: float | None) -> None:
        """A claim fired timers so late, and the earliest left is due in so many seconds, if any."""
        for late in lateness:
            self._lateness.observe(late)
        self._fired.inc(len(lateness))
        self._claim_size.observe(len(lateness))
        self._next_due = None if until_next is None else self._clock() + until_next

    def _overdue(self) -> float:
        return 0 if self._next_due is None else max(0, self._clock() - self._next_due)
