"""Runs the subscriber: starts it whenever the broker lets it, and stops it quickly."""

import asyncio
import logging
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import cast

from aiokafka.errors import KafkaError
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber
from structlog import get_logger

from chassis.kafka_security import KafkaSecurity
from chassis.tasks import end
from chassis.tracing import SpanKind, span
from contracts.topics import Topic
from inbox.faststream_security import faststream_security
from inbox.kafka_types import Record, RecordConsumer, headers_of
from inbox.lag import Lag
from inbox.metrics import Metrics
from inbox.offsets import Offsets
from inbox.outcomes import reason_of
from inbox.subscriber import Receive, leave_when_stopped, subscribe
from inbox.topics import ensure_topics

log = get_logger(__name__)

# FastStream tells every start and every redelivery: only its errors are news.
_FASTSTREAM_LOG = logging.getLogger("inbox.faststream")
_FASTSTREAM_LOG.setLevel(logging.ERROR)

_SHORTEST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_FINISH_BATCH = 3.0
_LAST_COMMIT = 1.0
# Nothing else tells a consumer that a topic is back which was not there when partitions were
# given out: with aiokafka's 5 min an emptied Kafka left groups without any for as long.
_METADATA_MS = 5_000
_STOP = 4.0


class Consumer:
    """`async with consumer:` consumes in the background, also where the broker is away at first."""

    def __init__(
        self,
        *,
        bootstrap: str,
        security: KafkaSecurity,
        prefix: str,
        group: str,
        instance_id: str,
        consumed: Sequence[Topic],
        written: Sequence[Topic],
        receive: Receive,
        metrics: Metrics,
        gather: float = 0,
    ) -> None:
        self._gather = gather
        self._bootstrap = bootstrap
        self._security = security
        self._prefix = prefix
        self._group = group
        self._instance_id = instance_id
        self._consumed = consumed
        self._written = written
        self._receive = receive
        self._metrics = metrics
        self._failures = 0
        self._lag = Lag(self._reading, metrics)
        self._stopping = asyncio.Event()
        self._broker: KafkaBroker | None = None
        self._subscriber: BatchSubscriber | None = None
        self._offsets = Offsets()

    async def __aenter__(self) -> "Consumer":
        self._starting = asyncio.create_task(self._start())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        await end(self._starting)
        await self._stop_broker()

    async def _start(self) -> None:
        attempt = 0
        while True:
            try:
                topics = [*self._consumed, *self._written]
                await ensure_topics(self._bootstrap, self._prefix, topics, self._security)
                await self._start_broker()
            except (KafkaError, OSError) as error:
                attempt += 1
                if _is_news(attempt):
                    log.warning("broker_away", reason=type(error).__name__, failures=attempt)
                await self._stop_broker()
                await asyncio.sleep(_pause(attempt - 1))
            else:
                return

    async def _start_broker(self) -> None:
        self._broker = KafkaBroker(
            self._bootstrap,
            security=faststream_security(self._security),
            # Letters have a producer of their own, and topics are made with their settings.
            consumer_only=True,
            graceful_timeout=_FINISH_BATCH,
            retry_backoff_ms=500,
            metadata_max_age_ms=_METADATA_MS,
            logger=_FASTSTREAM_LOG,
            apply_types=False,
        )
        self._offsets = Offsets()
        self._subscriber = subscribe(
            self._broker,
            [self._prefix + topic.name for topic in self._consumed],
            group=self._prefix + self._group,
            instance_id=self._instance_id,
            receive=self._handle,
            offsets=self._offsets,
            gather=self._gather,
        )
        await self._broker.start()

    async def _stop_broker(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            assert self._subscriber is not None
            leave_when_stopped(self._subscriber)
            # A broker that is away must not keep us from leaving.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._offsets.close(), _LAST_COMMIT)
            with suppress(TimeoutError):
                await asyncio.wait_for(broker.stop(), _STOP)

    async def _handle(self, records: Sequence[Record]) -> None:
        # The batch's own trace: of the many that led to it none is its parent.
        with span("process", kind=SpanKind.CONSUMER, links=_traceparents(records)) as current:
            if current.is_recording():
                current.set_attribute("messaging.system", "kafka")
                current.set_attribute("messaging.consumer.group.name", self._group)
                current.set_attribute("messaging.batch.message_count", len(records))
            await self._take_in(records)

    async def _take_in(self, records: Sequence[Record]) -> None:
        self._lag.begins(records)
        try:
            await self._receive(records)
        except Exception as error:  # the consumer's door: whatever it is, the batch is put back
            self._failures += 1
            self._metrics.retries.inc()
            if _is_news(self._failures):
                log.warning("batch_put_back", reason=reason_of(error), failures=self._failures)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _pause(self._failures - 1))
            raise NackMessage from None
        self._failures = 0
        self._metrics.last_progress.set_to_current_time()
        self._lag.done(records)

    def _reading(self) -> RecordConsumer | None:
        return cast(RecordConsumer | None, self._subscriber and self._subscriber.consumer)


def _traceparents(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        for name, value in headers_of(record):
            if name == "traceparent" and value is not None:
                yield value.decode("latin-1")


def _is_news(failures: int) -> bool:
    """Of an outage number 1, 2, 4, 8, … are told, as `eventstore.background` does."""
    return failures & (failures - 1) == 0


def _pause(attempt: int) -> float:
    """Seconds before the next attempt: twice as long each time, not in step with others."""
    longest: float = min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2 ** min(attempt, 10))
    return longest * random.uniform(0.5, 1)  # noqa: S311
