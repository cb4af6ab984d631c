"""What Kafka lost, or somebody asks for, is sent again."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from confluent_kafka import admin as confluent
from prometheus_client import CollectorRegistry

from chassis.database import Pool
from contracts.schedules import ParticipantProfile, ScheduleSubmitted
from contracts.topics import PARTICIPANTS, SCHEDULES, dead_letter
from eventstore import relay as relay_module
from eventstore.outgoing_states import CurrentState, publish_state
from eventstore.relay import Relay
from eventstore.republish import republish_states
from eventstore.store import EventStore

Submitted = Callable[..., ScheduleSubmitted]
Record = ConsumerRecord[bytes, bytes | None]
ReadTopic = Callable[..., Awaitable[list[Record]]]
StartRelay = Callable[..., Awaitable[Relay]]
Eventually = Callable[..., Awaitable[None]]
NothingWaits = Callable[[], Awaitable[bool]]
Leads = Callable[[CollectorRegistry], Awaitable[bool]]


async def test_one_key_is_sent_again_on_request(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    eventually: Eventually,
    nothing_waits: NothingWaits,
) -> None:
    await store.append("s1", 0, [submitted(1), submitted(2)], key="wanted")
    await store.append("s2", 0, [submitted(1)], key="other")
    relay = await start_relay()
    await read_topic(3)
    await eventually(nothing_waits)

    assert await relay.republish("wanted") == 2

    assert sorted(keys(await read_topic(5))) == ["other", *["wanted"] * 4]


async def test_everything_is_sent_again_on_request(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    eventually: Eventually,
    nothing_waits: NothingWaits,
) -> None:
    relay = await start_relay(states={PARTICIPANTS: one_profile})
    await store.append("s1", 0, [submitted(1), submitted(2)], key="k")
    await read_topic(2)
    await read_topic(1, PARTICIPANTS)
    await eventually(nothing_waits)

    assert await relay.republish() == 2

    records = await read_topic(4)
    assert [int(dict(record.headers)["ce_sequence"]) for record in records] == [1, 2, 1, 2]
    assert len(await read_topic(2, PARTICIPANTS)) == 2


async def test_a_lost_topic_is_filled_again(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    kafka_bootstrap: str,
    topic_prefix: str,
) -> None:
    relay = await start_relay()
    await store.append("s", 0, [submitted(n) for n in range(1, 6)], key="k")
    await read_topic(5)
    await relay.__aexit__(None, None, None)
    await delete(kafka_bootstrap, topic_prefix + SCHEDULES.name)

    await start_relay()

    assert keys(await read_topic(5)) == ["k"] * 5


async def test_a_topic_lost_under_a_running_relay_is_filled_again(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    kafka_bootstrap: str,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "_PUBLISH_PATIENCE_S", 1.0)
    await start_relay()
    await store.append("s", 0, [submitted(1)], key="k")
    await read_topic(1)
    await delete(kafka_bootstrap, topic_prefix + SCHEDULES.name)

    await store.append("s", 1, [submitted(2)], key="k")

    records = await read_topic(2)
    assert [int(dict(record.headers)["ce_sequence"]) for record in records] == [1, 2]


async def test_topics_are_created_with_their_settings(
    start_relay: StartRelay,
    kafka_bootstrap: str,
    topic_prefix: str,
    eventually: Eventually,
    leads: Leads,
) -> None:
    registry = CollectorRegistry()
    await start_relay(states={PARTICIPANTS: one_profile}, registry=registry)
    await eventually(partial(leads, registry))

    topics = [PARTICIPANTS, SCHEDULES, dead_letter("availability")]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    described = await admin.describe_topics([topic_prefix + topic.name for topic in topics])
    await admin.close()

    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    assert partitions == {topic_prefix + topic.name: topic.partitions for topic in topics}
    judge: Any = confluent.AdminClient({"bootstrap.servers": kafka_bootstrap})
    kind: Any = confluent.ConfigResource  # pyright: ignore[reportPrivateImportUsage]  # its documented place
    for topic in topics:
        resource = kind(kind.Type.TOPIC, topic_prefix + topic.name)
        configs = judge.describe_configs([resource])[resource].result(timeout=10)
        assert {name: configs[name].value for name, _ in topic.config} == dict(topic.config)


async def test_nothing_is_sent_again_by_itself_while_the_topic_holds_something(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    pool: Pool,
) -> None:
    relay = await start_relay()
    await store.append("s", 0, [submitted(1)], key="k")
    await read_topic(1)
    await relay.__aexit__(None, None, None)

    await start_relay()
    await store.append("s", 1, [submitted(2)], key="k")

    records = await read_topic(2)
    sequences = [int(dict(record.headers)["ce_sequence"]) for record in records]
    assert sequences in ([1, 2], [1, 1, 2])


async def test_an_idle_relay_notices_that_its_topic_is_gone(
    store: EventStore,
    submitted: Submitted,
    start_relay: StartRelay,
    read_topic: ReadTopic,
    eventually: Eventually,
    nothing_waits: NothingWaits,
    kafka_bootstrap: str,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_module, "_LOOK_S", 0.1)
    await store.append("s", 0, [submitted(1), submitted(2)], key="k")
    await start_relay()
    await read_topic(2)
    await eventually(nothing_waits)

    await delete(kafka_bootstrap, topic_prefix + SCHEDULES.name)

    assert keys(await read_topic(2)) == ["k", "k"]


async def one_profile(after_key: str, limit: int) -> Sequence[CurrentState]:
    participant = UUID(int=7)
    profile = ParticipantProfile(
        version=3, poll_id=UUID(int=1), participant_id=participant, name="Ada"
    )
    state = CurrentState(key=str(participant), version=3, state=profile)
    return [state] if after_key < state.key else []


async def delete(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.delete_topics([topic])
    while topic in await admin.list_topics():
        pass
    await admin.close()


def keys(records: Sequence[Record]) -> list[str]:
    return [(record.key or b"").decode() for record in records]


async def test_who_is_erased_while_all_is_sent_again_stays_so(
    pool: Pool, topic_waits: Callable[[], Awaitable[dict[str, tuple[int, bool]]]]
) -> None:
    """Their tombstone has been sent already when the state that was read before is queued."""
    stays, changes, goes = (str(UUID(int=number)) for number in (1, 2, 3))
    read: list[str] = []

    async def reader(after: str, limit: int) -> Sequence[CurrentState]:
        read.append(after)
        versions = {stays: 1, changes: 1, goes: 1} if len(read) == 1 else {stays: 1, changes: 2}
        return [state(key, version) for key, version in versions.items() if key > after]

    await republish_states(pool, PARTICIPANTS, reader)
    assert await topic_waits() == {stays: (1, True), changes: (2, True)}


async def test_a_tombstone_that_waits_is_not_taken_back(
    pool: Pool, topic_waits: Callable[[], Awaitable[dict[str, tuple[int, bool]]]]
) -> None:
    goes = str(UUID(int=3))
    pages = [[state(goes, 1)], [], []]
    async with pool.connection() as connection:
        await publish_state(connection, PARTICIPANTS, goes, 2, None)

    async def reader(after: str, limit: int) -> Sequence[CurrentState]:
        return pages.pop(0)

    await republish_states(pool, PARTICIPANTS, reader)
    assert await topic_waits() == {goes: (2, False)}


@pytest.fixture
def topic_waits(pool: Pool) -> Callable[[], Awaitable[dict[str, tuple[int, bool]]]]:
    """Key to version, and whether there is a state, of what waits to be sent."""

    async def waits() -> dict[str, tuple[int, bool]]:
        async with pool.connection() as connection:
            cursor = await connection.execute(
                "select key, version, value is not null from outgoing_states"
            )
            return {key: (version, is_state) for key, version, is_state in await cursor.fetchall()}

    return waits


def state(key: str, version: int) -> CurrentState:
    profile = ParticipantProfile(
        participant_id=UUID(key), poll_id=UUID(int=9), name="Ann", version=version
    )
    return CurrentState(key, version, profile)
