"""What we use of aiokafka, which ships no types of its own."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from aiokafka import ConsumerRecord, TopicPartition

Record: TypeAlias = ConsumerRecord[bytes, bytes]
RawHeaders: TypeAlias = Sequence[tuple[str, bytes | None]]
Headers: TypeAlias = Sequence[tuple[str, bytes]]


class RecordConsumer(Protocol):
    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None
    ) -> Mapping[TopicPartition, list[Record]]: ...

    def assignment(self) -> set[TopicPartition]: ...

    def seek(self, partition: TopicPartition, offset: int) -> None: ...

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...

    def highwater(self, partition: TopicPartition) -> int | None: ...


class RecordProducer(Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send_and_wait(
        self, topic: str, value: bytes | None, *, key: bytes | None, headers: Headers
    ) -> object: ...


class TopicsCreated(Protocol):
    topic_errors: Sequence[tuple[str, int, str | None]]


def headers_of(record: Record) -> RawHeaders:
    """A header's value may be null, whatever the library's annotation says."""
    return record.headers
