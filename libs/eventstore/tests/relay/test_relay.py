"""What was stored reaches Kafka: all of it, in order, from one relay at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import psycopg
import pytest
from aiokafka import ConsumerRecord
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from prometheus_client import CollectorRegistry

from chassis.database import Pool
from contracts import registry as facts
from contracts.schedules import ScheduleSubmitted
from contracts.topics import PARTICIPANTS, SCHEDULES
from eventstore import relay as relay_module
from eventstore.outgoing_states import publish_state
from eventstore.relay import Relay
from eventstore.store import EventStore

Submitted = Callable[..., ScheduleSubmitted]
Record = ConsumerRecord[bytes, bytes | None]
ReadTopic = Callable[..., Awaitable[list[Record]]]
StartRelay = Callable[..., Awaitable[Relay]]
Eventually = Callable[..., Awaitable[None]]
NothingWaits = Callable[[], Awaitable[bool]]
Leads = Callable[[CollectorRegistry], Awaitable[bool]]

# Sooner than PostgreSQL would take the lock from a leader that is silent.
RELEASED_S = 4


async def test_stored_facts_reach_kafka_as_cloud_events(
    store: EventStore, submitted: Submitted, start_relay: StartRelay, read_topic: ReadTopic
) -> None:
    relay = await start_relay()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    appended = await store.append(
        "schedule-1", 0, [submitted(1)], key="poll", metadata={"traceparent": trace}
    )
    relay.wake()

    [record] = await read_topic(1)

    assert record.value is not None
    event = from_kafka_event(
        KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
    )
    assert event.get_id() == str(appended.recorded[0].id)
    assert event.get_source() == "test"
    assert event.get_subject() == "schedule-1"
    assert event.get_time() == appended.recorded[0].recorded_at
    assert event.get_extension("sequence") == "1"
    assert event.get_extension("partitionkey") == "poll"
    assert dict(record.headers)["traceparent"].decode() == trace
    assert facts.parse(event.get_type(), record.value) == submitted(1)


async def test_a_key_keeps_its_order_and_the_outbox_empties(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    eventually: Eventually,
    nothing_waits: NothingWaits,
) -> None:
    await start_relay()
    for version in range(0, 300, 10):
        await asyncio.gather(
            *(
                store.append(f"s{key}", version, [submitted(1)] * 10, key=f"k{key}")
                for key in range(7)
            )
        )

    records = await read_topic(2100)

    assert all(sequences == list(range(1, 301)) for sequences in by_key(records).values())
    assert len(by_key(records)) == 7

    await eventually(nothing_waits)


async def test_a_fact_of_another_process_is_sent_when_it_commits(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "_HEARTBEAT_S", 60.0)
    monkeypatch.setattr(relay_module, "_SILENCE", {})
    await start_relay()
    await store.append("s", 0, [submitted(1)], key="k")
    await read_topic(1)
    await asyncio.sleep(0.1)  # by now the relay waits

    await store.append("s", 1, [submitted(2)], key="k")  # nobody calls wake()

    assert by_key(await read_topic(2)) == {"k": [1, 2]}


async def test_a_fact_that_commits_late_is_not_skipped(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    database: str,
) -> None:
    relay = await start_relay()
    async with await psycopg.AsyncConnection.connect(database) as late:
        await store.append_on(late, "early", 0, [submitted(1)], key="early")
        later = await store.append("later", 0, [submitted(1)], key="later")
        relay.wake()
        assert by_key(await read_topic(1)) == {"later": [1]}
        await late.commit()

    records = await read_topic(2)

    assert by_key(records) == {"early": [1], "later": [1]}
    assert later.position > 1


async def test_of_two_relays_one_sends(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    eventually: Eventually,
    nothing_waits: NothingWaits,
) -> None:
    await start_relay()
    await start_relay()
    for version in range(200):
        await store.append("s", version, [submitted(1)], key="k")

    await eventually(nothing_waits)
    assert by_key(await read_topic(200)) == {"k": list(range(1, 201))}


async def test_a_stand_by_takes_over_when_the_leader_stops(
    start_relay: StartRelay, leads: Leads, eventually: Eventually
) -> None:
    first, second = CollectorRegistry(), CollectorRegistry()
    leader = await start_relay(registry=first)
    await eventually(partial(leads, first))
    await start_relay(registry=second)

    await leader.__aexit__(None, None, None)

    await eventually(partial(leads, second), within=RELEASED_S)


async def test_a_stand_by_takes_over_when_the_leader_loses_its_connection(
    start_relay: StartRelay, leads: Leads, eventually: Eventually, pool: Pool
) -> None:
    first, second = CollectorRegistry(), CollectorRegistry()
    await start_relay(registry=first)
    await eventually(partial(leads, first))
    await start_relay(registry=second, source="second")

    async def lose(name: str) -> None:
        async with pool.connection() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = %s",
                (name,),
            )

    async def second_leads_after_losses() -> bool:
        # The one that lost its connection may win the lock again: then it loses once more.
        await lose("test relay")
        return await leads(second)

    await eventually(second_leads_after_losses, within=RELEASED_S)
    assert not await leads(first)


async def test_postgresql_takes_the_lock_from_a_leader_that_hangs(
    start_relay: StartRelay, leads: Leads, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = CollectorRegistry(), CollectorRegistry()
    monkeypatch.setattr(relay_module, "_SILENCE", {"idle_session_timeout": "200ms"})
    monkeypatch.setattr(relay_module, "_STAND_BY_S", 0.05)
    monkeypatch.setattr(relay_module, "_HEARTBEAT_S", 60.0)
    await start_relay(registry=first)
    await eventually(partial(leads, first))

    await start_relay(registry=second)

    await eventually(partial(leads, second))


async def test_a_fact_too_large_for_kafka_stops_nobody(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    pool: Pool,
) -> None:
    await store.append("s", 0, [submitted(n) for n in (1, 2, 3)], key="k")
    async with pool.connection() as connection:
        await connection.execute(
            "update events set data = json_build_object('x', repeat('x', 2000000))"
            " where sequence = 2"
        )
    await start_relay()

    assert by_key(await read_topic(2)) == {"k": [1, 3]}


async def test_metrics_tell_what_was_sent(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    eventually: Eventually,
    topic_prefix: str,
) -> None:
    registry = CollectorRegistry()
    await start_relay(registry=registry)
    await store.append("s", 0, [submitted(1)] * 3, key="k")
    await read_topic(3)

    async def counted() -> bool:
        labels = {"topic": topic_prefix + SCHEDULES.name}
        return registry.get_sample_value("commontime_relay_sent_total", labels) == 3

    await eventually(counted)
    assert registry.get_sample_value("commontime_outbox_facts") is not None
    assert registry.get_sample_value("commontime_outbox_oldest_seconds") is not None


async def test_what_waits_is_seen_also_while_kafka_is_away(
    store: EventStore,
    pool: Pool,
    submitted: Submitted,
    start_relay: StartRelay,
    eventually: Eventually,
) -> None:
    registry = CollectorRegistry()
    await store.append("s", 0, [submitted(1)] * 3, key="k")
    async with pool.connection() as connection:
        for key in ("one", "two"):
            await publish_state(connection, PARTICIPANTS, key, 1, None)
        await connection.execute("update outgoing_states set changed_at = now() - interval '1 min'")
    await start_relay(registry=registry, bootstrap="127.0.0.1:1")

    async def measured() -> bool:
        return registry.get_sample_value("commontime_outbox_facts") == 3

    await eventually(measured)
    assert registry.get_sample_value("commontime_outbox_states") == 2
    first = registry.get_sample_value("commontime_outbox_oldest_seconds")
    assert first
    assert first >= 60

    async def grows() -> bool:
        return (registry.get_sample_value("commontime_outbox_oldest_seconds") or 0) > first

    await eventually(grows)


async def test_a_relay_that_stands_by_leaves_it_to_the_leader_to_tell(
    store: EventStore,
    database: str,
    submitted: Submitted,
    start_relay: StartRelay,
    eventually: Eventually,
) -> None:
    registry = CollectorRegistry()
    await store.append("s", 0, [submitted(1)], key="k")
    await start_relay(registry=registry, bootstrap="127.0.0.1:1")

    async def told(facts: int) -> bool:
        return registry.get_sample_value("commontime_outbox_facts") == facts

    await eventually(lambda: told(1))
    async with await psycopg.AsyncConnection.connect(database) as another:
        await another.execute("select pg_advisory_lock(%s)", (relay_module.LEADER_LOCK,))
        await eventually(lambda: told(0))
        assert registry.get_sample_value("commontime_outbox_oldest_seconds") == 0


def by_key(records: Sequence[Record]) -> dict[str, list[int]]:
    """The sequences of each key, as they came."""
    found: dict[str, list[int]] = {}
    for record in records:
        sequence = int(dict(record.headers)["ce_sequence"])
        found.setdefault((record.key or b"").decode(), []).append(sequence)
    return found
