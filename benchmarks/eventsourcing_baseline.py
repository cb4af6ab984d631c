"""Saving events with the `eventsourcing` library as its users do: the baseline of `eventstore`.

Threads of one application, each with an aggregate of its own, one event per save. The library
stores an event and its place in the notification log; it knows neither idempotency nor an outbox.
"""

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate


class Schedule(Aggregate):
    """Remembers the last fact submitted."""

    class Submitted(Aggregate.Event):
        fact: str

    def submit(self, fact: str) -> None:
        self.trigger_event(self.Submitted, fact=fact)


def saves_per_second(url: str, fact: str, threads: int, seconds: float) -> float:
    """Events per second that so many threads save for so long into the database at `url`."""
    application = _application(url, threads)
    deadline = perf_counter() + seconds

    def save() -> int:
        schedule, saved = Schedule(), 0
        while perf_counter() < deadline:
            schedule.submit(fact)
            application.save(schedule)
            saved += 1
        return saved

    begun = perf_counter()
    with ThreadPoolExecutor(threads) as executor:
        saves = [executor.submit(save) for _ in range(threads)]
        saved = sum(one.result() for one in saves)
    elapsed = perf_counter() - begun
    application.close()
    return saved / elapsed


def _application(url: str, connections: int) -> Application[UUID]:
    parts = urlsplit(url)
    return Application(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path.lstrip("/"),
            "POSTGRES_HOST": parts.hostname or "",
            "POSTGRES_PORT": str(parts.port),
            "POSTGRES_USER": parts.username or "",
            "POSTGRES_PASSWORD": parts.password or "",
            "POSTGRES_POOL_SIZE": str(connections),
        }
    )
