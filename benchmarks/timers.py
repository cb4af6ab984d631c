"""How late events complete, how fast a burst of them does, and what creating costs meanwhile.

Ours is event-lifecycle's own claim in the loop that the service runs, on the service's tables:
each completion is a fact, a row of the read model and what the relay sends. Lateness is from the
due instant to the moment at which the loop knows of the commit. Events are created by the
service's handlers in the whole service, Kafka away.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from statistics import median
from time import perf_counter
from typing import Any

import structlog
import uvloop
from pydantic import SecretStr

from benchmarks.beanstalkd_baseline import Done, beanstalkd, serial_lateness
from benchmarks.outstanding import add_outstanding, settle
from benchmarks.report import Row, p50, p99, report
from benchmarks.servers import database, postgres
from chassis.migrations import migrate
from event_lifecycle import handlers
from event_lifecycle.migrations import FOLDERS
from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import run
from timers.loop import Fired, TimerLoop

ROUNDS = 3
FEW, MANY = 1_000, 10_000  # due per second
SECONDS = 3
OUTSTANDING = 1_000_000
BURST, BURST_OF_BASELINE = 50_000, 10_000
CALLERS = 32
CREATING_S = 5

_CLAIM = files("event_lifecycle").joinpath("claim_completions.sql").read_bytes()
_FIELDS: dict[str, Any] = {
    "title": "Planning",
    "starts_at": datetime(2099, 1, 1, 9, tzinfo=UTC),
    "ends_at": datetime(2099, 1, 1, 10, tzinfo=UTC),
    "timezone": "Europe/Berlin",
}


@dataclass
class Watched:
    """What a loop fired, when it knew of the commit; lateness in s."""

    expected: int
    lateness: list[float] = field(default_factory=list[float])
    last: float = 0.0
    all: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, fired: Fired) -> None:
        self.last = time.time()
        self.lateness.extend(self.last - timer["due_at"].timestamp() for timer in fired)
        if len(self.lateness) >= self.expected:
            self.all.set()


async def fired(url: str, count: int) -> Done:
    watched = Watched(count)
    async with TimerLoop(url, _CLAIM, on_fired=watched, name="completions"):
        await watched.all.wait()
    return Done(watched.lateness, watched.last)


def spread(url: str, per_second: int) -> Done:
    """Events that fall due evenly."""
    count = per_second * SECONDS
    # 10,000 are written within a second.
    first = datetime.now(UTC) + timedelta(seconds=1 + count / 10_000)
    add_outstanding(url, count, first, timedelta(seconds=1) / per_second)
    return uvloop.run(fired(url, count))


def together(url: str, count: int) -> Done:
    """Events that fall due at one instant."""
    add_outstanding(url, count, datetime.now(UTC) + timedelta(seconds=0.5))
    return uvloop.run(fired(url, count))


def drain(url: str) -> float:
    """Events per second of those that are overdue when the loop starts."""
    add_outstanding(url, BURST, datetime.now(UTC) - timedelta(minutes=1))
    settle(url)
    begun = time.time()
    return BURST / (uvloop.run(fired(url, BURST)).last - begun)


async def creates(url: str) -> tuple[float, list[float]]:
    """Events per second that callers create, and how long each took in ms."""
    latencies: list[float] = []
    async with run(_settings(url)) as running:
        begun = perf_counter()

        async def caller() -> None:
            while perf_counter() < begun + CREATING_S:
                asked = perf_counter()
                await handlers.schedule(running.service, _FIELDS, None)
                latencies.append((perf_counter() - asked) * 1000)

        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        elapsed = perf_counter() - begun
    return len(latencies) / elapsed, latencies


def _settings(url: str) -> Settings:
    nobody = "http://127.0.0.1:1"
    return Settings(
        database_url=SecretStr(url),
        kafka_bootstrap_servers="127.0.0.1:1",
        instance_id="bench",
        service_token=SecretStr("between-services"),
        public_url="http://localhost:8000",
        poll_api_url=nobody,
        availability_url=nobody,
        admin_token=SecretStr("admin-token-of-benchmarks"),
        encryption_key=SecretStr("an encryption key for a benchmark"),
    )


def _late(case: str, target: float, ours: Sequence[Done], baseline: Sequence[Done]) -> list[Row]:
    late = median(p99(done.lateness) for done in ours) * 1000
    other = median(p99(done.lateness) for done in baseline) * 1000
    return [
        Row(f"{case}, p99", "ms", late, target=target, better="lower"),
        Row("... beside beanstalkd with 4 workers", "ms", late, other, better="lower"),
    ]


def _few(url: str) -> list[Row]:
    with beanstalkd() as other:
        spreads = [(spread(url, FEW), other.fires_spread(FEW, SECONDS)) for _ in range(ROUNDS)]
        drains = [(drain(url), other.drains(BURST_OF_BASELINE)) for _ in range(ROUNDS)]
    ours, baseline = zip(*spreads, strict=True)
    longest = median(max(done.lateness) for done in ours) * 1000
    rate, other_rate = (median(rates) for rates in zip(*drains, strict=True))
    return [
        *_late(f"lateness at {FEW:,} due/s", 20, ours, baseline),
        Row("... longest", "ms", longest, target=100, better="lower"),
        Row(f"drain of {BURST:,} at once, one loop", "1/s", rate, target=20_000),
        Row("... beside beanstalkd with 4 workers", "1/s", rate, other_rate),
        Row("... beside one that sleeps 10 s for each", "1/s", rate, 0.1),
    ]


def _many(url: str) -> list[Row]:
    add_outstanding(url, OUTSTANDING, datetime.now(UTC) + timedelta(days=7), timedelta(seconds=1))
    settle(url)
    ours = [spread(url, MANY) for _ in range(ROUNDS)]
    with beanstalkd(OUTSTANDING) as other:
        baseline = [other.fires_spread(MANY, SECONDS)]
    return _late(f"lateness at {MANY:,} due/s, {OUTSTANDING:,} outstanding", 100, ours, baseline)


def _created(url: str) -> list[Row]:
    rounds = [uvloop.run(creates(url)) for _ in range(ROUNDS)]
    rate = median(rate for rate, _ in rounds)
    latencies = [ms for _, each in rounds for ms in each]
    case = f"creates at {CALLERS} callers, {OUTSTANDING:,} outstanding"
    return [
        Row(case, "1/s", rate, target=1_500),
        Row("... median", "ms", p50(latencies), better="lower"),
        Row("... p99", "ms", p99(latencies), target=25, better="lower"),
    ]


def main() -> bool:
    logging.disable()  # that Kafka is away, again and again
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with postgres() as server, database(server) as url:
        migrate(url, *FOLDERS)
        sixth = median(max(together(url, 6).lateness) for _ in range(ROUNDS))
        serial = serial_lateness([0.0] * 6, 10)[-1]
        rows = [
            *_few(url),
            Row("sixth of one moment, beside that one", "s", sixth, serial, better="lower"),
            *_many(url),
            *_created(url),
        ]
    return report("timers", rows)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
