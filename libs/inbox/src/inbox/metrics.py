"""What an operator can see of an inbox. One that hangs has lag and no progress."""

from collections.abc import Collection

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge


class Metrics:
    """One set per registry, that is per service."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"inbox_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"inbox_{name}", text, registry=registry)

        self.applied = counter("applied", "Facts taken in", "source")
        self.duplicates = counter("duplicates", "Facts that had already been taken in")
        self.held = counter("held_back", "Facts that wait behind a parked one")
        self.gaps = counter("gaps", "Keys of which facts were missing", "source")
        self.refilled = counter("refilled", "Facts fetched from their owner", "source")
        self.retries = counter("retries", "Batches put back to be tried again")
        self.dead_letters = counter("dead_letters", "Messages that can never be taken", "place")
        self.states = counter("states", "States taken in", "topic")
        self.lag = gauge("lag_facts", "Messages that wait in the assigned partitions")
        self.lag_seconds = gauge(
            "lag_seconds", "Age of the oldest message that waits in the assigned partitions"
        )
        self.parked = gauge("parked_keys", "Keys held back by a fact that can never be taken")
        self.last_progress = gauge(
            "last_progress_timestamp_seconds", "When a batch was last finished"
        )

    def expect(
        self, sources: Collection[str], states: Collection[str], letters: Collection[str]
    ) -> None:
        """Show a zero for each label there can be: a first count is only seen beside a zero."""
        for labelled, values in (
            (self.applied, sources),
            (self.gaps, sources),
            (self.refilled, sources),
            (self.states, states),
            (self.dead_letters, letters),
        ):
            for value in values:
                labelled.labels(value)
