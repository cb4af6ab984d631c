"""A backup of a million facts and its restore, beside PostgreSQL's own programs, one by one.

COMMONTIME_BENCH_FACTS is how many facts there are. Afterwards every table is as it was (I20).
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Consumer, KafkaException, TopicPartition
from psycopg import sql

from benchmarks.cloning import multiply
from benchmarks.report import Row, report
from contracts import topics
from standalone.api import Api
from standalone.pg_programs import PgProgram, url_of
from standalone.server import own_server
from standalone.services import SERVICES
from standalone.testing import Instance, eventually
from standalone.waiting import wait_for_all

FACTS = int(os.environ.get("COMMONTIME_BENCH_FACTS", "1000000"))
PEOPLE, ANSWERS = 8, 4
PATIENCE_S = 1800
_GROUPS = {
    "poll-api": (topics.SCHEDULES, topics.RECOMMENDATIONS),
    "availability": (topics.POLLS,),
    "recommender": (topics.POLLS, topics.SCHEDULES, topics.PARTICIPANTS),
    "event-lifecycle": (topics.POLLS, topics.SCHEDULES),
}
# Of sessions there are none; what is under way differs, and when others were compared with.
_TIMELY = {"outbox", "outgoing_states", "reconciled"}


def rows() -> list[Row]:
    folder = Path(tempfile.mkdtemp(prefix="commontime-bench-"))
    instance = Instance(folder)
    try:
        return _rows(instance, folder)
    finally:
        instance.clean_up()
        shutil.rmtree(folder, ignore_errors=True)


def _rows(instance: Instance, folder: Path) -> list[Row]:
    ids = _one_poll(instance)
    with own_server(instance.home) as server:
        multiply(server, ids, FACTS // _facts(server))
        facts, before = _facts(server), _prints(server)
        dumped = _timed(lambda: _dump_plainly(server, folder))
        read = _timed(lambda: _restore_plainly(server, folder))
    saved = _timed(lambda: _says(instance, "backup", str(folder / "backup")))
    restored = _timed(lambda: _says(instance, "restore", str(folder / "backup"), "--yes"))
    with own_server(instance.home) as server:
        assert _prints(server) == before, "restored, it is not what it was"
    caught_up = _timed(lambda: _catches_up(instance))
    assert _prints(instance.running.database) == before, "caught up, it is not what it was"
    _stops(instance)
    size = sum(file.stat().st_size for file in (folder / "backup").iterdir()) / 1e6
    plain = sum(file.stat().st_size for file in folder.glob("*.plain")) / 1e6
    case = f"{facts:,} facts"
    return [
        Row(f"backup of {case}", "s", saved, dumped, 1.2, "lower"),
        Row("... its size", "MB", size, plain),
        Row("restore, checked and swapped", "s", restored, read),
        Row("start, all sent to Kafka again and taken in", "s", caught_up),
        Row("from nothing to all caught up", "s", restored + caught_up),
    ]


def _one_poll(instance: Instance) -> list[str]:
    """A decided poll that is answered several times, alone in the instance; all ids in it."""
    instance.ups()
    instance.is_up()
    api = Api(instance.running.url)
    window = {"start": "2031-03-03T09:00:00Z", "end": "2031-03-07T17:00:00Z"}
    plan = {"title": "Planning", "timezone": "UTC", "window": window, "duration": "PT1H"}
    poll: Any = api.call("POST", "/api/v1/polls", None, plan).body
    path, link = f"/api/v1/polls/{poll['id']}", poll["capabilities"]
    people: list[str] = []
    for number in range(PEOPLE):
        joined: Any = api.call(
            "POST", f"{path}/participants", link["answer"], {"name": f"Person {number}"}
        ).body
        people.append(joined["id"])
        for day in range(ANSWERS):
            free = {
                "start": f"2031-03-0{3 + day}T09:00:00Z",
                "end": f"2031-03-0{3 + day}T1{number}:00:00Z",
            }
            schedule = f"{path}/participants/{joined['id']}/schedule"
            body = {"intervals": [{**free, "preference": "available"}]}
            api.call("PUT", schedule, joined["capabilities"]["edit"], body)
    start = {"start": "2031-03-06T09:00:00Z"}
    decided: Any = api.call("POST", f"{path}/finalise", link["organiser"], start).body
    eventually(lambda: _is_still(instance), 120)
    _stops(instance)
    return [poll["id"], decided["event_id"], *people]


def _is_still(instance: Instance) -> bool:
    server = instance.running.database
    if any(_count(server, service.database, "outbox") for service in SERVICES):
        return False
    return bool(_count(server, "event_lifecycle", "events")) and _taken_in(instance)


def _stops(instance: Instance) -> None:
    instance.signals(signal.SIGINT)
    assert instance.ends() == 0


def _says(instance: Instance, *words: str) -> None:
    done = instance.says(*words)
    assert done.returncode == 0, done.stderr
    print(done.stdout, flush=True)


def _catches_up(instance: Instance) -> None:
    instance.ups()
    instance.is_up()
    # An empty outbox says nothing yet: the relays first have to see that the topics are empty.
    facts = _facts(instance.running.database)
    eventually(lambda: _sent(instance) >= facts and _taken_in(instance), PATIENCE_S)


def _sent(instance: Instance) -> int:
    """How many messages the topics of facts hold; none before the relays have made them."""
    consumer = Consumer({"bootstrap.servers": instance.running.kafka, "group.id": "counts"})
    try:
        ends = [
            consumer.get_watermark_offsets(TopicPartition(topic.name, number), timeout=10)
            for topic in (topics.POLLS, topics.SCHEDULES, topics.LIFECYCLE)
            for number in range(topic.partitions)
        ]
    except KafkaException:
        return 0
    finally:
        consumer.close()
    return sum(end - start for start, end in ends)


def _taken_in(instance: Instance) -> bool:
    """Whether every consumer has come to the end of every topic."""
    for group, read in _GROUPS.items():
        consumer = Consumer({"bootstrap.servers": instance.running.kafka, "group.id": group})
        try:
            places = [TopicPartition(t.name, n) for t in read for n in range(t.partitions)]
            for place in consumer.committed(places, timeout=10):
                _, end = consumer.get_watermark_offsets(place, timeout=10)
                if max(place.offset, 0) < end:
                    return False
        finally:
            consumer.close()
    return True


def _dump_plainly(server: str, folder: Path) -> None:
    for service in SERVICES:
        file = folder / f"{service.database}.plain"
        url = url_of(server, service.database)
        _run("pg_dump", url, "--format=custom", f"--file={file}")


def _restore_plainly(server: str, folder: Path) -> None:
    for service in SERVICES:
        name = sql.Identifier(f"plain_{service.database}")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(name))
        url = url_of(server, f"plain_{service.database}")
        file = folder / f"{service.database}.plain"
        _run("pg_restore", url, "--no-owner", "--no-acl", file=file)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(name))


def _run(program: str, url: str, *words: str, file: Path | None = None) -> None:
    with PgProgram(program, url, *words, file=file) as run:
        wait_for_all({program: run}, lambda _: None)


def _timed(act: Callable[[], None]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def _facts(server: str) -> int:
    return sum(_count(server, service.database, "events") for service in SERVICES)


def _count(server: str, database: str, table: str) -> int:
    with psycopg.connect(url_of(server, database)) as connection:
        query = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
        return connection.execute(query).fetchall()[0][0]


def _prints(server: str) -> dict[str, tuple[int, int]]:
    """Of each table how many rows there are, and a number that any change of one changes."""
    prints: dict[str, tuple[int, int]] = {}
    for service in SERVICES:
        with psycopg.connect(url_of(server, service.database)) as connection:
            tables = connection.execute(
                "select relname::text from pg_class where relkind in ('r', 'p') "
                "and relnamespace = 'public'::regnamespace and not relispartition"
            ).fetchall()
            for (table,) in tables:
                if table not in _TIMELY:
                    query = sql.SQL(
                        "select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text "
                        "from {} t"
                    ).format(sql.Identifier(table))
                    prints[f"{service.name} {table}"] = connection.execute(query).fetchall()[0]
    return prints


def main() -> bool:
    return report("backup", rows())


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
