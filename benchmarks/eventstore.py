"""Appends per second at 64 callers, beside `pgbench` and the `eventsourcing` library; rebuilds.

Ours is a fact with its outbox row, its key's sequence and the sealed answer of an idempotent
request; pgbench's is one plain row per commit. Same server, same run, alternating.
"""

import asyncio
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

import psycopg
import uvloop
from psycopg.rows import TupleRow

from benchmarks.eventsourcing_baseline import saves_per_second
from benchmarks.report import Row, p50, p99, report
from benchmarks.servers import database, pgbench, postgres
from chassis.database import open_pool
from chassis.migrations import migrate
from contracts.schedules import FreeInterval, ScheduleSubmitted
from eventstore import migrations
from eventstore.idempotency import IdempotentRequest, Keep
from eventstore.rebuild import rebuild
from eventstore.recorded import Recorded
from eventstore.sealing import Answer
from eventstore.store import EventStore

CALLERS = 64
KEYS = 20
SECONDS = 3
ROUNDS = 4

_START = datetime(2026, 12, 1, 9, tzinfo=UTC)
_FACT = ScheduleSubmitted(
    poll_id=UUID(int=1),
    participant_id=UUID(int=2),
    polls_sequence=1,
    intervals=tuple(
        FreeInterval(start=_START + timedelta(days=n), end=_START + timedelta(days=n, hours=3))
        for n in range(3)
    ),
    submitted_at=_START,
)
_METADATA = {"actor": "edit", "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}
_ANSWER = Answer(200, b'{"intervals": []}' * 20)
_PLAIN_TABLE = """
create table if not exists plain (
    position bigint generated always as identity primary key,
    stream text not null, version int not null, id uuid not null, type text not null,
    data json not null, metadata json not null,
    recorded_at timestamptz not null default clock_timestamp(),
    unique (stream, version)
)
"""
_PLAIN_ROW = (
    "insert into plain (stream, version, id, type, data, metadata) values ("
    "'schedule-' || :client_id, nextval('plain_position_seq'), gen_random_uuid(), "
    f"'{_FACT.TYPE}', '{_FACT.model_dump_json()}', '{{\"actor\": \"edit\"}}');\n"
)
_READ_MODEL = "create table latest (stream text primary key, version int, sequence bigint)"
_PROJECT = """
insert into latest select * from unnest(%s::text[], %s::int[], %s::bigint[])
on conflict (stream) do update set version = excluded.version, sequence = excluded.sequence
"""


async def ours(url: str) -> tuple[float, list[float]]:
    """Appends per second, and how long each took in ms."""
    pool = await open_pool(url, "bench")
    latencies: list[float] = []
    deadline = perf_counter() + SECONDS

    async def caller(store: EventStore, n: int) -> None:
        stream, version = f"schedule-{uuid4()}", 0
        while perf_counter() < deadline:
            begun = perf_counter()
            request_hash = hashlib.sha256(_ANSWER.body).digest()
            request = IdempotentRequest(f"PUT {stream}", f"{n:08}-{version:08}", request_hash)
            appended = await store.append(
                stream,
                version,
                [_FACT],
                key=f"poll-{n % KEYS}",
                metadata=_METADATA,
                answer=Keep(request, _ANSWER),
            )
            version = appended.version
            latencies.append((perf_counter() - begun) * 1000)

    async with EventStore(pool, source="bench") as store:
        begun = perf_counter()
        await asyncio.gather(*(caller(store, n) for n in range(CALLERS)))
        elapsed = perf_counter() - begun
    await pool.close()
    return len(latencies) / elapsed, latencies


def plain_rows(url: str) -> float:
    """Rows per second that pgbench commits one by one with as many clients."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_PLAIN_ROW)
        script.flush()
        done = subprocess.run(
            [
                *(pgbench(), "--no-vacuum", "--protocol=prepared", f"--client={CALLERS}"),
                *(f"--jobs={os.cpu_count()}", f"--time={SECONDS}", f"--file={script.name}", url),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    [rate] = re.findall(r"tps = ([\d.]+)", done.stdout)
    return float(rate)


@dataclass(frozen=True)
class Round:
    """Rates of one round, and the latencies of ours in ms."""

    ours: float
    plain: float
    library: float
    latencies: list[float]


def rounds(url: str) -> Iterator[Round]:
    migrate(url, migrations.FOLDER)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_PLAIN_TABLE)
    fact = _FACT.model_dump_json()
    for _ in range(ROUNDS):
        rate, latencies = uvloop.run(ours(url))
        yield Round(rate, plain_rows(url), saves_per_second(url, fact, CALLERS, SECONDS), latencies)


async def rebuilt(url: str) -> float:
    """Facts per second that a rebuild replays into a read model of one row per stream."""
    pool = await open_pool(url, "bench")
    async with pool.connection() as connection:
        await connection.execute(_READ_MODEL)
    begun = perf_counter()
    facts = await rebuild(pool, [_latest], ["latest"])
    elapsed = perf_counter() - begun
    await pool.close()
    return facts / elapsed


async def _latest(
    connection: psycopg.AsyncConnection[TupleRow], recorded: Sequence[Recorded]
) -> None:
    latest = {one.stream: one for one in recorded}
    columns = zip(
        *((one.stream, one.version, one.sequence) for one in latest.values()), strict=True
    )
    await connection.execute(_PROJECT, [list(column) for column in columns], prepare=True)


def main() -> bool:
    with postgres() as server, database(server) as url:
        measured = list(rounds(url))
        replayed = uvloop.run(rebuilt(url))
    rate = median(one.ours for one in measured)
    plain = median(one.plain for one in measured)
    other = median(one.library for one in measured)
    latencies = [ms for one in measured for ms in one.latencies]
    return report(
        "eventstore",
        [
            Row("append at 64 callers, beside pgbench", "1/s", rate, plain, target=0.8),
            Row("append at 64 callers, beside eventsourcing", "1/s", rate, other, target=15),
            Row("rebuild of a read model", "facts/s", replayed, target=20_000),
            Row("append at 64 callers, median", "ms", p50(latencies), better="lower"),
            Row("append at 64 callers, p99", "ms", p99(latencies), better="lower"),
        ],
    )


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
