"""Sends messages to Kafka in order, each acknowledged by every replica."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from chassis.kafka_security import OPEN, KafkaSecurity

# What one broker accepts by default is 1,048,588 bytes, a batch's frame included.
_LARGEST_MESSAGE = 1_000_000
_BATCH_BYTES = 512 * 1024
_REQUEST_TIMEOUT_MS = 5_000
# aiokafka's default of 100 ms writes five times the log lines while Kafka is away.
_RETRY_BACKOFF_MS = 500
_START_PATIENCE_S = 10.0
_LEAVE_PATIENCE_S = 2.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Message:
    """One Kafka message, its topic's prefix included; `value` None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])


class Producer(Protocol):
    """The part of aiokafka's producer used here, with types."""

    async def send(
        self,
        topic: str,
        *,
        key: bytes,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
    ) -> asyncio.Future[Any]: ...


class Publisher:
    """Hands messages to an idempotent producer.

    The producer repeats what was not acknowledged without changing the order, and never gives
    up: whoever has no more patience leaves it and starts over with a new one.
    """

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send all in order without waiting in between; return when all are acknowledged.

        A message no broker would take is left out: consumers fetch what is missing from its
        owner, and would wait for ever for what comes after it.
        """
        sent: list[asyncio.Future[Any]] = []
        try:
            for message in messages:
                try:
                    sent.append(
                        await self._producer.send(
                            message.topic,
                            key=message.key,
                            value=message.value,
                            headers=message.headers,
                        )
                    )
                except MessageSizeTooLargeError:
                    _log.error("message too large for Kafka", topic=message.topic)
            await asyncio.gather(*sent)
        finally:
            for future in sent:
                future.cancel()


class _Producer(AIOKafkaProducer):
    async def leave(self) -> None:
        """Close without delivering what waits: `stop()` would, for ever while Kafka is away."""
        self._closed = True
        closing = asyncio.ensure_future(self._sender.close())
        await asyncio.sleep(0)  # the sender must be told before its requests fail
        await self.client.close()
        await asyncio.wait({closing}, timeout=_LEAVE_PATIENCE_S)


@asynccontextmanager
async def open_publisher(
    bootstrap: str, security: KafkaSecurity = OPEN
) -> AsyncGenerator[Publisher]:
    """Connect to Kafka.

    Raises:
        KafkaError: Kafka is away.
        TimeoutError: Kafka hangs.
    """
    producer = _Producer(
        bootstrap_servers=bootstrap,
        **security.arguments(),
        enable_idempotence=True,
        acks="all",
        max_batch_size=_BATCH_BYTES,
        max_request_size=_LARGEST_MESSAGE,
        request_timeout_ms=_REQUEST_TIMEOUT_MS,
        retry_backoff_ms=_RETRY_BACKOFF_MS,
    )
    try:
        async with asyncio.timeout(_START_PATIENCE_S):
            await producer.start()
        yield Publisher(producer)
    finally:
        await producer.leave()
