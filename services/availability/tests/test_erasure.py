"""After an erasure nothing personal is left: searched for in every table and on the topic."""

import json

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer
from psycopg import sql

from availability import projections
from availability.settings import Settings
from availability.testing import Availability, bearer, free
from contracts.topics import PARTICIPANTS
from eventstore.rebuild import rebuild
from inbox.testing.service import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "canary-7f3a"
KEY = {"Idempotency-Key": "sixteen-characters-or-more"}


def everything_in(url: str) -> str:
    with psycopg.connect(url) as conn:
        tables = conn.execute("select tablename from pg_tables where schemaname = 'public'")
        found = [
            conn.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(table)))
            for (table,) in tables.fetchall()
        ]
        return "\n".join(row for cursor in found for (row,) in cursor.fetchall())


async def test_an_erased_participant_is_in_no_table(availability: Availability) -> None:
    poll = availability.has_poll()
    profile = {"name": CANARY, "email": f"{CANARY}@example.org", "note": CANARY}
    answer = await availability.asks_to_join(poll, profile, KEY)
    path = f"{poll.path}/participants/{answer.json()['id']}"
    edit = bearer(answer.json()["capabilities"]["edit"])
    assert CANARY in everything_in(availability.database)
    erased = await availability.client.delete(path, headers=bearer(poll.organiser))
    assert (erased.status_code, erased.content) == (204, b"")
    left = everything_in(availability.database)
    assert CANARY not in left
    assert str(answer.json()["id"]) in left  # the facts keep the id
    gone = await availability.client.get(path, headers=bearer(poll.organiser))
    assert gone.status_code == 404
    assert (await availability.client.get(path, headers=edit)).status_code == 404


async def test_a_repeated_join_after_an_erasure_does_not_bring_the_name_back(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    answer = await availability.asks_to_join(poll, {"name": CANARY}, KEY)
    path = f"{poll.path}/participants/{answer.json()['id']}"
    await availability.client.delete(path, headers=bearer(poll.organiser))
    again = await availability.asks_to_join(poll, {"name": CANARY}, KEY)
    assert again.status_code == 201
    assert again.json()["id"] != answer.json()["id"]


async def test_the_topic_gets_the_profile_and_then_a_tombstone(
    availability: Availability, settings: Settings
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll, "Ann")
    consumer = AIOKafkaConsumer(
        settings.kafka_topic_prefix + PARTICIPANTS.name,
        bootstrap_servers=settings.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
        metadata_max_age_ms=200,  # the topic may be made a moment later
    )
    await consumer.start()
    key = ann.id.encode()
    values: list[bytes | None] = []

    async def arrived(count: int) -> bool:
        batches = await consumer.getmany(timeout_ms=50)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # untyped upstream
        values.extend(r.value for batch in batches.values() for r in batch if r.key == key)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]  # untyped upstream
        return len(values) >= count

    try:
        await until(lambda: arrived(1))
        await availability.client.delete(ann.path, headers=ann.headers)
        await until(lambda: arrived(2))
    finally:
        await consumer.stop()
    assert values[0] is not None
    assert json.loads(values[0])["name"] == "Ann"
    assert values[1] is None


async def test_a_participant_renames_themselves_and_the_version_grows(
    availability: Availability,
) -> None:
    ann = await availability.joins(availability.has_poll(), "Ann", note="vegan")
    before = await availability.client.get(ann.path, headers=ann.headers)
    revised = await availability.client.patch(
        ann.path, json={"name": "Anna", "note": None}, headers=ann.headers
    )
    assert (revised.json()["name"], revised.json()["note"]) == ("Anna", None)
    assert revised.headers["etag"] != before.headers["etag"]
    for body in ({"name": None}, {"weight": None}):
        refused = await availability.client.patch(ann.path, json=body, headers=ann.headers)
        assert refused.status_code == 422


async def test_the_read_model_made_anew_is_the_one_that_was(availability: Availability) -> None:
    poll = availability.has_poll()
    ann, ben = await availability.joins(poll, "Ann"), await availability.joins(poll, "Ben")
    gone = await availability.joins(poll, "Cem")
    await availability.submits(ann, free(0, 4, "preferred"))
    await availability.submits(ann, free(1, 3))
    await availability.submits(ben, free(0, 4))
    await availability.client.delete(f"{ben.path}/schedule", headers=ben.headers)
    standing = {"role": "required", "weight": 7, "groups": ["a", "b"]}
    await availability.client.patch(ben.path, json=standing, headers=bearer(poll.organiser))
    await availability.client.delete(gone.path, headers=gone.headers)

    def read_model() -> list[tuple[object, ...]]:
        with psycopg.connect(availability.database) as conn:
            rows = conn.execute(
                "select p::text from participants p where poll_id = %s order by participant_id",
                [poll.id],
            )
            return rows.fetchall()

    before = read_model()
    assert len(before) == 2
    await rebuild(availability.service.pool, [projections.project], projections.TABLES)
    assert read_model() == before
