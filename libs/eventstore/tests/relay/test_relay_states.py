"""The latest state of each thing reaches its compacted topic; what is erased leaves a tombstone."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from aiokafka import ConsumerRecord

from chassis.database import Pool
from contracts.envelope import Envelope
from contracts.fact import State
from contracts.schedules import ParticipantProfile
from contracts.topics import PARTICIPANTS, Topic
from eventstore.dedicated import dedicated_connection
from eventstore.outgoing_states import CurrentState, publish_state, publish_tombstones
from eventstore.relay import Relay
from eventstore.waiting import Batch, Waiting

ReadTopic = Callable[..., Awaitable[list[ConsumerRecord[bytes, bytes | None]]]]
StartRelay = Callable[..., Awaitable[Relay]]

KEY = str(UUID(int=2))


async def test_a_state_arrives_with_its_version(
    pool: Pool, start_relay: StartRelay, read_topic: ReadTopic
) -> None:
    await publish(pool, 1, profile(1))
    await start_relay(facts=None, states={PARTICIPANTS: nothing})

    [record] = await read_topic(1, PARTICIPANTS)

    envelope = Envelope.from_kafka(record.value, record.headers)
    assert envelope.type == ParticipantProfile.TYPE
    assert envelope.sequence == 1
    assert record.key == KEY.encode()
    assert ParticipantProfile.model_validate_json(envelope.data) == profile(1)


async def test_only_the_latest_of_what_waits_is_sent(
    pool: Pool, start_relay: StartRelay, read_topic: ReadTopic
) -> None:
    for version in (1, 3, 2):
        await publish(pool, version, profile(version))
    relay = await start_relay(facts=None, states={PARTICIPANTS: nothing})
    [first] = await read_topic(1, PARTICIPANTS)

    await publish(pool, 4, None)
    relay.wake()
    first_again, tombstone = await read_topic(2, PARTICIPANTS)

    assert Envelope.from_kafka(first.value, first.headers).sequence == 3
    assert first_again.offset == first.offset
    assert (tombstone.key, tombstone.value) == (KEY.encode(), None)


async def test_many_tombstones_at_once_take_the_place_of_what_waits(
    pool: Pool, start_relay: StartRelay, read_topic: ReadTopic
) -> None:
    await publish(pool, 1, profile(1))
    other = str(UUID(int=3))
    async with pool.connection() as connection:
        await publish_tombstones(connection, PARTICIPANTS, {other: 7, KEY: 2})
    await publish(pool, 1, profile(1))  # too old to count
    await start_relay(facts=None, states={PARTICIPANTS: nothing})

    records = await read_topic(2, PARTICIPANTS)

    found = {(record.key, record.value) for record in records}
    assert found == {(KEY.encode(), None), (other.encode(), None)}


async def test_what_changes_on_its_way_stays_and_is_sent_next(pool: Pool, database: str) -> None:
    async with dedicated_connection(database, "test") as connection:
        waiting = Waiting(connection, source="test", facts=None, states=[PARTICIPANTS], prefix="")
        await publish(pool, 1, profile(1))
        first = await waiting.exchange(Batch())
        await publish(pool, 2, profile(2))

        second = await waiting.exchange(first)
        not_acknowledged = await waiting.exchange(Batch())
        third = await waiting.exchange(second)

    assert [batch.states for batch in (first, second, not_acknowledged, third)] == [
        ((PARTICIPANTS.name, KEY, 1),),
        ((PARTICIPANTS.name, KEY, 2),),
        ((PARTICIPANTS.name, KEY, 2),),
        (),
    ]


async def test_a_state_is_sent_only_if_its_transaction_commits(
    pool: Pool, start_relay: StartRelay, read_topic: ReadTopic
) -> None:
    await start_relay(facts=None, states={PARTICIPANTS: nothing})
    async with pool.connection() as connection, connection.transaction(force_rollback=True):
        await publish_state(connection, PARTICIPANTS, KEY, 5, profile(5))
    await publish(pool, 1, profile(1))

    [record] = await read_topic(1, PARTICIPANTS)

    assert Envelope.from_kafka(record.value, record.headers).sequence == 1


async def publish(
    pool: Pool, version: int, state: State | None, topic: Topic = PARTICIPANTS
) -> None:
    async with pool.connection() as connection:
        await publish_state(connection, topic, KEY, version, state)


def profile(version: int) -> ParticipantProfile:
    return ParticipantProfile(
        version=version, poll_id=UUID(int=1), participant_id=UUID(KEY), name=f"name {version}"
    )


async def nothing(after_key: str, limit: int) -> Sequence[CurrentState]:
    return []
