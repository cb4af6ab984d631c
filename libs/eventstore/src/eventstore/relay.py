"""Brings to Kafka what transactions left for it: the facts of the outbox, and states of things.

One relay of a service sends at a time, the others stand by: whoever holds an advisory lock. The
lock, the notifications and the outbox share one connection, so that a relay that lost the lock
cannot go on. A relay that fails anywhere lets go of everything and starts over; what it had sent
without removing it from the outbox is sent again, in the same order.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from random import Random
from time import monotonic
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

import structlog
from prometheus_client import CollectorRegistry

from chassis.database import Pool
from chassis.kafka_security import OPEN, KafkaSecurity
from chassis.named_sql import load
from chassis.tasks import end
from contracts.topics import Topic, dead_letter
from eventstore.background import Works, keep_trying
from eventstore.dedicated import Connection, dedicated_connection
from eventstore.doorbell import Doorbell
from eventstore.outgoing_states import StateReader
from eventstore.publishing import Publisher, open_publisher
from eventstore.relay_metrics import RelayMetrics
from eventstore.republish import republish, republish_states
from eventstore.sending_spans import sending
from eventstore.topic_admin import TopicAdmin
from eventstore.waiting import Batch, Waiting

T = TypeVar("T")

_SQL = load("eventstore", "relay.sql")
# Any constant does, as long as every relay uses the same one.
LEADER_LOCK = 4_311_947_206
# A stand-by asks, rather than queue for the lock: a waiting statement keeps dead rows alive.
_STAND_BY_S = 0.5
# A leader whose process hangs is silent for longer, and PostgreSQL takes the lock from it.
_SILENCE = {"idle_session_timeout": "5s"}
_HEARTBEAT_S = 1.0
_MEASURE_S = 5.0
# Kafka may have lost what was sent while there is nothing to send that would fail of it.
_LOOK_S = 60.0
# Then the producer is replaced: topics may have been deleted under it.
_PUBLISH_PATIENCE_S = 10.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Relay:
    """Runs while its context is entered, whether or not PostgreSQL and Kafka are there.

    `facts` is the topic of the outbox, or None where there are no facts; `states` are the topics
    of `publish_state`, each with the function that lists what it should hold. Topics are named
    without `prefix`. They and the service's dead-letter topic are created where missing; one to
    which nothing was ever sent is filled again from the database.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        url: str,
        bootstrap: str,
        security: KafkaSecurity = OPEN,
        source: str,
        facts: Topic | None,
        states: Mapping[Topic, StateReader] = MappingProxyType({}),
        prefix: str = "",
        registry: CollectorRegistry | None = None,
        rng: Random | None = None,
    ) -> None:
        self._pool = pool
        self._url = url
        self._bootstrap = bootstrap
        self._security = security
        self._source = source
        self._facts = facts
        self._states = states
        self._prefix = prefix
        self._metrics = RelayMetrics(registry, [prefix + topic.name for topic in self._topics])
        self._rng = rng or Random()  # noqa: S311  # spreads retries, keeps no secret
        self._doorbell = Doorbell()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(
            keep_trying(f"{self._source} relay", self._session, self._rng)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._task is not None
        await end(self._task)

    def wake(self) -> None:
        """Look at the outbox now: something was committed."""
        self._doorbell.ring()

    async def republish(self, key: str | None = None) -> int:
        """Send all facts again, or those of one key, and all states; return how many facts."""
        async with self._pool.connection() as connection:
            count = await republish(connection, key)
        if key is None:
            for topic, reader in self._states.items():
                await republish_states(self._pool, topic, reader)
        return count

    @property
    def _topics(self) -> list[Topic]:
        return [*([self._facts] if self._facts else []), *self._states]

    async def _session(self, works: Works) -> None:
        name = f"{self._source} relay"
        async with dedicated_connection(self._url, name, _SILENCE) as connection:
            await self._wait_for_leadership(connection, works)
            # Before Kafka is asked for anything: while it is away, what waits has to be seen.
            await self._measure(connection)
            await self._alive(connection, self._prepare_topics())
            async with AsyncExitStack() as opened:
                opening = opened.enter_async_context(
                    open_publisher(self._bootstrap, self._security)
                )
                publisher = await self._alive(connection, opening)
                self._metrics.leading.set(1)
                opened.callback(self._metrics.leading.set, 0)
                await self._lead(connection, publisher, works)

    async def _wait_for_leadership(self, connection: Connection, works: Works) -> None:
        while True:
            cursor = await connection.execute(_SQL["try_to_lead"], {"lock": LEADER_LOCK})
            if await cursor.fetchone() == (True,):
                return
            self._metrics.left_to_another()
            works()
            await asyncio.sleep(_STAND_BY_S)

    async def _prepare_topics(self) -> None:
        topics = self._topics
        group = topics[0].owner
        kafka = TopicAdmin(self._bootstrap, self._prefix, self._security)
        await kafka.create([*topics, dead_letter(group)])
        for topic in await kafka.never_written(topics):
            if topic == self._facts:
                async with self._pool.connection() as connection:
                    count = await republish(connection)
            else:
                count = await republish_states(self._pool, topic, self._states[topic])
            if count:
                _log.warning("topic is empty, sending all again", topic=topic.name, count=count)

    async def _lead(self, connection: Connection, publisher: Publisher, works: Works) -> None:
        await connection.execute("listen outbox")
        waiting = Waiting(
            connection,
            source=self._source,
            facts=self._facts,
            states=self._states,
            prefix=self._prefix,
        )
        sent, measured, looked = Batch(), 0.0, monotonic()
        while True:
            self._doorbell.silence()
            batch = await waiting.exchange(sent)
            if monotonic() - measured > _MEASURE_S:
                await self._measure(connection)
                measured = monotonic()
            if batch.messages:
                await self._publish(connection, publisher, batch)
            works()
            if not batch.messages:
                if monotonic() - looked > _LOOK_S:
                    await self._alive(connection, self._prepare_topics())
                    looked = monotonic()
                await self._doorbell.wait(connection, _HEARTBEAT_S)
            sent = batch

    async def _publish(self, connection: Connection, publisher: Publisher, batch: Batch) -> None:
        with sending(batch.messages) as messages:
            async with asyncio.timeout(_PUBLISH_PATIENCE_S):
                await self._alive(connection, publisher.publish(messages))
        for topic, count in Counter(message.topic for message in batch.messages).items():
            self._metrics.sent.labels(topic).inc(count)

    async def _alive(self, connection: Connection, work: Coroutine[Any, Any, T]) -> T:
        """Wait for the work, and keep the lock's connection alive if that takes long."""
        working = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({working}, timeout=_HEARTBEAT_S))[0]:
                await self._measure(connection)
            return working.result()
        finally:
            await end(working)

    async def _measure(self, connection: Connection) -> None:
        row = await (await connection.execute(_SQL["measure"])).fetchone()
        assert row is not None
        self._metrics.measured(*row)
