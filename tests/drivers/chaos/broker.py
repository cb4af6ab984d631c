"""What a plan does with topics by hand, and what they hold in the end: by confluent-kafka alone."""

import json
import os
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,  # pyright: ignore[reportPrivateImportUsage]  # documented so
    ConfigEntry,  # pyright: ignore[reportPrivateImportUsage]
    ConfigResource,  # pyright: ignore[reportPrivateImportUsage]
)

Headers = list[tuple[str, str | bytes | None]]
Outgoing = tuple[bytes | None, bytes | None, Headers]
"""Key, value, headers."""
Place = tuple[str, int, int]
"""Topic, partition, offset."""

# A broker that was killed amid a reading may never say where a partition ends: then from the start.
_READ_WITHIN_S, _READINGS = 20, 3
_LARGE = 2 * 1024 * 1024
# What librdkafka would say of a broker that is away, hundreds of times, is what we made so.
_QUIET: dict[str, Any] = {"log_level": 0, "reconnect.backoff.ms": 500}
_KNOWN_TYPE = {
    "commontime.polls": "commontime.poll.revised",
    "commontime.schedules": "commontime.schedule.submitted",
}


@dataclass(frozen=True)
class Held:
    """A message as it lies in a topic."""

    place: Place
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]

    @property
    def sequence(self) -> int:
        return int(self.headers.get("ce_sequence", b"0"))


@dataclass
class ByHand:
    """`ours` is what was produced here; `poison` of that must end as a dead letter."""

    bootstrap: str
    ours: set[Place] = field(default_factory=set[Place])
    poison: set[Place] = field(default_factory=set[Place])
    repeated: int = 0

    def repeat(self, topic: str, most: int = 300) -> None:
        """Produce the newest messages of a topic again, byte for byte."""
        held = self.read([topic])[-most:]
        self._send(topic, [(one.key, one.value, [*one.headers.items()]) for one in held])
        self.repeated += len(held)

    def poisons(self, topic: str) -> None:
        """One of each kind of message that nobody can take, each with a key of its own."""
        self._take_large(topic)
        known, key = _KNOWN_TYPE[topic], uuid.uuid4().bytes
        for value, headers in (
            (b"\xff{ no JSON", []),
            (b"{ no JSON", _envelope(f"{known}.v1", str(uuid.uuid4()), 1)),
            (b"{}", _envelope(f"{known}.v9", str(uuid.uuid4()), 1)),
            (os.urandom(_LARGE), []),
        ):
            self.poison |= self._send(topic, [(key, value, headers)])
        self.poison |= self._send(topic, [(None, b"no key", [])])
        # A type that nobody has heard of is no harm: it only counts as seen.
        unheard = _envelope("commontime.poll.unheard-of.v1", str(uuid.uuid4()), 1)
        self._send(topic, [(key, b"{}", unheard)])

    def poisons_key(self, topic: str, key: str, sequence: int) -> None:
        """A fact of a version to come, where the next one of a living key should be."""
        headers = _envelope(f"{_KNOWN_TYPE[topic]}.v9", key, sequence)
        self._send(topic, [(key.encode(), b"{}", headers)])

    def read(self, topics: Sequence[str] = ()) -> list[Held]:
        """Everything in these topics, or in all, in order within each partition."""
        for _ in range(_READINGS - 1):
            with suppress(TimeoutError):
                return list(self._read(topics))
        return list(self._read(topics))

    def _read(self, topics: Sequence[str]) -> Iterator[Held]:
        settings: dict[str, Any] = {
            **_QUIET,
            "bootstrap.servers": self.bootstrap,
            "group.id": f"chaos-{secrets.token_hex(4)}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            # What has been deleted meanwhile is passed over, not all that is there.
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 4 * _LARGE,
        }
        consumer = Consumer(settings)
        try:
            listed = consumer.list_topics(timeout=20).topics
            partitions = [
                TopicPartition(name, number, 0)
                for name, about in listed.items()
                if (name in topics if topics else not name.startswith("__"))
                for number in about.partitions
            ]
            consumer.assign(partitions)
            # A set: while others write, the end of a partition is told again and again.
            left = {(at.topic, at.partition) for at in partitions}
            deadline, told = time.monotonic() + _READ_WITHIN_S, Counter[str]()
            while left:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no end of {sorted(left)} was told, but {dict(told)}")
                for message in consumer.consume(500, timeout=5):
                    if (error := message.error()) is None:
                        yield _held(message)
                        told["messages"] += 1
                    elif error.code() == KafkaError._PARTITION_EOF:  # pyright: ignore[reportPrivateUsage]  # its documented name
                        left.discard((message.topic(), message.partition()))
                    else:
                        told[error.name()] += 1
        finally:
            consumer.close()

    def _send(self, topic: str, messages: Sequence[Outgoing]) -> set[Place]:
        places: set[Place] = set()

        def delivered(error: KafkaError | None, message: Message) -> None:
            assert error is None, error
            places.add(_place(message))

        producer = Producer(
            {**_QUIET, "bootstrap.servers": self.bootstrap, "message.max.bytes": 2 * _LARGE}
        )
        for key, value, headers in messages:
            producer.produce(topic, value, key, headers=headers, on_delivery=delivered)
        assert producer.flush(20) == 0
        self.ours |= places
        return places

    def _take_large(self, topic: str) -> None:
        admin: Any = AdminClient({**_QUIET, "bootstrap.servers": self.bootstrap})
        entry = ConfigEntry(
            "max.message.bytes", str(2 * _LARGE), incremental_operation=AlterConfigOpType.SET
        )
        wanted = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
        for future in admin.incremental_alter_configs([wanted]).values():
            future.result(20)


def _envelope(type_: str, key: str, sequence: int) -> Headers:
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_source": "/chaos",
        "ce_type": type_,
        "ce_subject": f"poll-{key}",
        "ce_time": datetime.now(UTC).isoformat(),
        "ce_sequence": str(sequence),
        "ce_partitionkey": key,
        "content-type": "application/json",
    }
    return [(name, json.dumps(value)[1:-1].encode()) for name, value in attributes.items()]


def _place(message: Message) -> Place:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return topic, partition, offset


def _held(message: Message) -> Held:
    key, value = message.key(), message.value()
    headers = {name: _bytes(header) for name, header in message.headers() or []}
    return Held(
        _place(message),
        None if key is None else _bytes(key),
        None if value is None else _bytes(value),
        headers,
    )


def _bytes(value: bytes | str | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
