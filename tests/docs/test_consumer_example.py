"""docs/examples/consumer.py, run as its reader runs it, handles each change once, in order."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from contracts import topics
from contracts.envelope import Envelope
from standalone.testing import eventually

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "consumer.py"


class Follower:
    """The example as a process with a folder and a group of its own."""

    def __init__(self, folder: Path, bootstrap: str) -> None:
        self._folder = folder
        self._words = [sys.executable, str(EXAMPLE), bootstrap, f"group-{uuid4()}"]
        self.starts()

    def starts(self) -> None:
        with (self._folder / "printed").open("ab") as printed:
            self._process = subprocess.Popen(
                self._words, cwd=self._folder, stdout=printed, preexec_fn=_heed_interrupts
            )

    def ends(self) -> int:
        """As with Ctrl-C."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(20)

    def is_ended(self) -> None:
        self._process.kill()
        self._process.wait(20)

    def told_of(self, key: str) -> list[tuple[str, int]]:
        """The types of what it printed about that event, each with a number we put in."""
        lines = (self._folder / "printed").read_text().splitlines()
        told = [(line.split(" ", 1)[0], json.loads(line.split(" ", 1)[1])) for line in lines]
        return [(type_, data["n"]) for type_, data in told if data.get("event_id") == key]


def _heed_interrupts() -> None:
    # A shell that runs tests in the background has told them to ignore Ctrl-C, and with them
    # whatever they start.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def producer(kafka_bootstrap: str) -> Producer:
    lifecycle = topics.LIFECYCLE
    admin: Any = AdminClient({"bootstrap.servers": kafka_bootstrap})
    if lifecycle.name not in admin.list_topics(timeout=10).topics:
        for created in admin.create_topics([NewTopic(lifecycle.name, 6)]).values():
            created.result(timeout=20)
    return Producer({"bootstrap.servers": kafka_bootstrap})


@pytest.fixture
def follower(tmp_path: Path, kafka_bootstrap: str, producer: Producer) -> Iterator[Follower]:
    started = Follower(tmp_path, kafka_bootstrap)
    yield started
    started.is_ended()


def produce(producer: Producer, key: str, *sequences: int) -> None:
    """Facts of one event, as our relay sends them."""
    for sequence in sequences:
        envelope = Envelope(
            id=str(uuid4()),
            source="/commontime/event-lifecycle",
            type=f"commontime.event.revised.v{sequence}",
            subject=f"event-{key}",
            time=datetime.now(UTC),
            sequence=sequence,
            key=key,
            data=json.dumps({"event_id": key, "n": sequence}).encode(),
        )
        producer.produce(
            topics.LIFECYCLE.name, envelope.data, key.encode(), headers=[*envelope.headers()]
        )
    assert producer.flush(20) == 0


def revised(*sequences: int) -> list[tuple[str, int]]:
    return [(f"commontime.event.revised.v{sequence}", sequence) for sequence in sequences]


def test_repeated_messages_are_handled_once_and_in_order(
    producer: Producer, follower: Follower
) -> None:
    one, other = str(uuid4()), str(uuid4())
    produce(producer, one, 1, 2, 1, 2, 2, 3)
    produce(producer, other, 1)
    eventually(lambda: follower.told_of(one) == revised(1, 2, 3), 30)
    eventually(lambda: follower.told_of(other) == revised(1), 30)
    assert follower.ends() == 0


def test_started_again_it_goes_on_where_it_was(producer: Producer, follower: Follower) -> None:
    key = str(uuid4())
    produce(producer, key, 1, 2)
    eventually(lambda: follower.told_of(key) == revised(1, 2), 30)
    assert follower.ends() == 0
    produce(producer, key, 2, 3)
    follower.starts()
    eventually(lambda: follower.told_of(key) == revised(1, 2, 3), 30)
