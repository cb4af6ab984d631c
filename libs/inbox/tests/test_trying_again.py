"""What passes by itself is tried again: nothing lost, nothing doubled."""

import asyncio
import time

import psycopg
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from chassis.tracing import current_traceparent
from inbox.kafka_types import Record
from inbox.offsets import Offsets
from inbox.sources import Received
from inbox.subscriber import subscribe
from inbox.testing.messages import Topics
from inbox.testing.owner import envelope_of
from inbox.testing.service import Services


async def test_a_batch_that_fails_is_delivered_again_from_its_first_message(
    services: Services, topic: Topics
) -> None:
    failures = 3

    def trouble(_: Received) -> Exception | None:
        nonlocal failures
        failures -= 1
        return psycopg.OperationalError("away") if failures >= 0 else None

    keys = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(8)]
    await topic.send(*(envelope_of(key, n) for n in (1, 2, 3) for key in keys))
    async with services.run(trouble=trouble) as service:
        for key in keys:
            await service.applied(key, 3)
            assert await service.effects(key) == [1, 2, 3]
        assert service.metric("retries_total") == 3
        assert service.metric("dead_letters_total") == 0


async def test_each_attempt_at_a_batch_has_a_trace_for_its_lines(
    services: Services, topic: Topics, key: str
) -> None:
    traces: list[str | None] = []

    def trouble(_: Received) -> Exception | None:
        traces.append(current_traceparent())
        return psycopg.OperationalError("away") if len(traces) < 3 else None

    await topic.send(envelope_of(key, 1))
    async with services.run(trouble=trouble) as service:
        await service.applied(key, 1)
    assert None not in traces
    assert len(set(traces)) == 3


async def test_the_subscriber_says_that_it_acknowledges_after_the_work() -> None:
    async def receive(_: object) -> None: ...

    subscriber = subscribe(
        KafkaBroker(),
        ["t"],
        group="g",
        instance_id="i",
        receive=receive,
        offsets=Offsets(),
    )
    assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR


async def test_a_crash_between_the_effect_and_the_offset_takes_effect_once(
    services: Services, topic: Topics, key: str
) -> None:
    service = services.make(name="crashing")
    taken = asyncio.Event()
    receive = service.inbox.receive

    async def take_and_hang(records: list[Record]) -> None:
        await receive(records)
        taken.set()
        await asyncio.Event().wait()

    service.inbox._consumer._receive = take_and_hang  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]  # the crash
    async with service.inbox:
        await topic.send(envelope_of(key, 1), envelope_of(key, 2))
        await asyncio.wait_for(taken.wait(), 10)
    async with services.run(name="crashing") as restarted:
        await restarted.counted("duplicates_total", 1)
        await topic.send(envelope_of(key, 3))
        await restarted.applied(key, 3)
        assert await restarted.effects(key) == [1, 2, 3]


async def test_two_replicas_share_the_work_and_one_takes_over_at_once(
    services: Services, topic: Topics
) -> None:
    keys = [f"00000000-0000-4000-8000-0000000000{n}" for n in range(10, 40)]
    async with services.run(name="staying") as staying:
        async with services.run(name="leaving"):
            for n in (1, 2):
                await topic.send(*(envelope_of(key, n) for key in keys))
                for key in keys:
                    await staying.applied(key, n)
        await topic.send(*(envelope_of(key, 3) for key in keys))
        for key in keys:
            await staying.applied(key, 3, seconds=5)
            assert await staying.effects(key) == [1, 2, 3]


async def test_it_stops_quickly_while_everything_fails(
    services: Services, topic: Topics, key: str
) -> None:
    def trouble(_: Received) -> Exception:
        return psycopg.OperationalError("away")

    async with services.run(trouble=trouble) as service:
        await topic.send(envelope_of(key, 1))
        await service.counted("retries_total", 4)
        began = time.monotonic()
    assert time.monotonic() - began < 5


async def test_it_starts_and_stops_without_a_broker_and_still_asks_the_owner(
    services: Services, key: str
) -> None:
    services.owner.decide(key, 1)
    async with services.run(bootstrap="127.0.0.1:1") as service:
        assert await service.inbox.ask("polls", key)
        began = time.monotonic()
    assert time.monotonic() - began < 5
