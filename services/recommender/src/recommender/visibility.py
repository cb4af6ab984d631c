"""How long what people submit takes until it counts."""

from collections.abc import Callable, Sequence
from time import time

from prometheus_client import CollectorRegistry, Histogram

from contracts.schedules import ScheduleFact
from inbox.sources import Received

_DELAYS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60)


class Visibility:
    """`taken` is the inbox's: it is told of facts after the commit of their effect."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float] = time) -> None:
        """`clock` is in step with that of the database in which the facts were recorded."""
        self._clock = clock
        self._delay = Histogram(
            "commontime_visibility_delay_seconds",
            "From the recording of a schedule's fact to the commit of its effect here",
            buckets=_DELAYS_S,
            registry=registry,
        )

    def taken(self, received: Sequence[Received]) -> None:
        now = self._clock()
        for entry in received:
            if isinstance(entry.fact, ScheduleFact):
                self._delay.observe(max(0.0, now - entry.envelope.time.timestamp()))
