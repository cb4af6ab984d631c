"""Where messages go that can never be taken: their bytes, and why, where, when."""

import asyncio
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from structlog import get_logger

from chassis.kafka_security import KafkaSecurity
from contracts.topics import dead_letter
from inbox.kafka_types import Headers, Record, RecordProducer, headers_of
from inbox.metrics import Metrics
from inbox.reading import Incoming

log = get_logger(__name__)


class DeadLetters:
    """Sends to `<group>.dead-letter`. Connects at the first letter: there should be none."""

    def __init__(
        self, bootstrap: str, security: KafkaSecurity, prefix: str, group: str, metrics: Metrics
    ) -> None:
        self._security = security
        self._bootstrap = bootstrap
        self._topic = prefix + dead_letter(group).name
        self._metrics = metrics
        self._producer: RecordProducer | None = None
        self._starting = asyncio.Lock()

    async def refuse(self, record: Record, why: str, *, private: bool = False) -> None:
        """Raises `KafkaError` while the broker is away.

        A private message is named by its place only: a dead letter outlives an erasure.
        """
        place = f"{record.topic}/{record.partition}@{record.offset}"
        value = None if private else record.value
        headers = [(name, value or b"") for name, value in headers_of(record)]
        await self._send(record.topic, place, why, record.key, value, headers)

    async def refuse_fact(self, fact: Incoming, why: str) -> None:
        """As `refuse`, also for a fact that came from its owner."""
        if fact.record is not None:
            await self.refuse(fact.record, why)
            return
        envelope = fact.envelope
        place = f"{envelope.source} {envelope.key} {envelope.sequence}"
        key = envelope.key.encode()
        await self._send(fact.place[0], place, why, key, envelope.data, envelope.headers())

    async def close(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def _send(
        self,
        counted_as: str,
        place: str,
        why: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
    ) -> None:
        told = [
            ("dead-letter-reason", why.encode()),
            ("dead-letter-place", place.encode()),
            ("dead-letter-time", datetime.now(UTC).isoformat().encode()),
        ]
        # aiokafka sends nothing that has neither a key nor a value.
        key = b"" if key is None and value is None else key
        producer = await self._started()
        try:
            await producer.send_and_wait(self._topic, value, key=key, headers=[*headers, *told])
        except MessageSizeTooLargeError:
            # The topic takes no more than the one it came from: the place must do.
            await producer.send_and_wait(self._topic, None, key=key or b"", headers=told)
        self._metrics.dead_letters.labels(counted_as).inc()
        log.warning("dead_letter", place=place, reason=why)

    async def _started(self) -> RecordProducer:
        async with self._starting:
            if self._producer is None:
                producer: RecordProducer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    **self._security.arguments(),
                    acks="all",
                    # Not idempotent: a letter that the broker finds too large takes a number with
                    # it that such a producer never sends again, and all after it are refused. A
                    # letter that comes twice is no harm.
                    request_timeout_ms=10_000,
                    # The letter is a little larger than the message it holds.
                    max_request_size=16 * 1024 * 1024,
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer
