"""Kafka or PostgreSQL away: nothing is lost, nothing hangs, the logs stay short."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from time import monotonic
from typing import Any

import pytest

from contracts.schedules import ScheduleSubmitted
from eventstore import relay as relay_module
from eventstore.relay import Relay
from eventstore.store import EventStore
from standalone import aot, artifacts, java
from standalone.child import Child
from standalone.kafka import Kafka
from standalone.ports import free_port

Submitted = Callable[..., ScheduleSubmitted]
StartRelay = Callable[..., Awaitable[Relay]]
ReadTopic = Callable[..., Awaitable[list[Any]]]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    folder = tmp_path_factory.mktemp("kafka")
    jars, runtime = artifacts.kafka_jars(), java.find()
    kafka = Kafka(
        folder / "kafka",
        java=runtime,
        jars=jars,
        log=folder / "kafka.log",
        flags=aot.flags(runtime, jars),
    )
    kafka.begin()
    kafka.start()
    yield kafka
    kafka.stop()


@pytest.fixture
async def kafka(started: Kafka) -> AsyncIterator[Kafka]:
    """A broker the test may harm."""
    await asyncio.to_thread(started.wait_until_ready)
    yield started
    if running(started).is_running:
        os.kill(running(started).pid, signal.SIGCONT)
    else:
        await again(started)


async def again(kafka: Kafka) -> None:
    kafka.start()  # from this thread: the broker ends with the one that started it
    await asyncio.to_thread(kafka.wait_until_ready)


def running(kafka: Kafka) -> Child:
    assert kafka.child is not None
    return kafka.child


async def test_a_killed_broker_loses_and_reorders_nothing(
    kafka: Kafka,
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await start_relay(bootstrap=kafka.bootstrap)
    await append(store, submitted, 0, 200)
    await read_topic(200, bootstrap=kafka.bootstrap)
    caplog.clear()
    writing = asyncio.create_task(append(store, submitted, 200, 800))
    await asyncio.sleep(0.05)
    outage = monotonic()
    running(kafka).kill()
    await writing
    await again(kafka)
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) < 20 + 10 * (monotonic() - outage)

    records = await read_topic(800, bootstrap=kafka.bootstrap)

    assert first_appearances(records) == list(range(1, 801))


async def test_a_broker_away_for_longer_than_patience_loses_nothing(
    kafka: Kafka,
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "_PUBLISH_PATIENCE_S", 0.5)
    await start_relay(bootstrap=kafka.bootstrap)
    await append(store, submitted, 0, 10)
    await read_topic(10, bootstrap=kafka.bootstrap)
    running(kafka).kill()
    await append(store, submitted, 10, 2500)
    await again(kafka)

    records = await read_topic(2500, bootstrap=kafka.bootstrap)

    assert first_appearances(records) == list(range(1, 2501))


async def test_a_relay_stops_soon_while_the_broker_hangs(
    kafka: Kafka,
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
) -> None:
    relay = await start_relay(bootstrap=kafka.bootstrap)
    await append(store, submitted, 0, 10)
    await read_topic(10, bootstrap=kafka.bootstrap)
    os.kill(running(kafka).pid, signal.SIGSTOP)
    await append(store, submitted, 10, 20)
    await asyncio.sleep(0.1)

    started = monotonic()
    await relay.__aexit__(None, None, None)

    assert monotonic() - started < 5


async def test_a_broker_may_come_later(
    kafka: Kafka,
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
) -> None:
    await asyncio.to_thread(kafka.stop)
    await start_relay(bootstrap=kafka.bootstrap)
    await append(store, submitted, 0, 10)
    await again(kafka)

    records = await read_topic(10, bootstrap=kafka.bootstrap)

    assert first_appearances(records) == list(range(1, 11))


async def test_a_relay_starts_and_stops_without_either(start_relay: StartRelay) -> None:
    nobody = free_port()
    started = monotonic()
    no_kafka = await start_relay(bootstrap=f"127.0.0.1:{nobody}")
    no_database = await start_relay(url=f"postgresql://postgres@127.0.0.1:{nobody}/none")
    await asyncio.sleep(0.1)

    await no_kafka.__aexit__(None, None, None)
    await no_database.__aexit__(None, None, None)

    assert monotonic() - started < 5


async def append(store: EventStore, submitted: Submitted, start: int, end: int) -> None:
    for version in range(start, end, 10):
        facts = [submitted(1 + n % 20) for n in range(10)]
        await store.append("s", version, facts, key="k")


def first_appearances(records: list[Any]) -> list[int]:
    """Sequences in the order in which each came first, as a consumer keeps them."""
    return list(dict.fromkeys(int(dict(record.headers)["ce_sequence"]) for record in records))
