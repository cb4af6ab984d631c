"""An erased poll takes everybody with it, and nothing that comes late brings anybody back."""

import asyncio
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, sql

from availability import consumers, projections
from availability.maintenance import rebuild
from availability.settings import Settings
from availability.testing import (
    NOW,
    WINDOW,
    Availability,
    Poll,
    assert_problem,
    bearer,
    free,
    opened,
)
from availability.testing_crowd import fill
from contracts.polls import PollErased
from eventstore import rebuild as read_models
from eventstore.store import lock_keys
from inbox.sources import Received
from inbox.testing.owner import Owner, envelope_of
from inbox.testing.service import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "canary-41c9"
KEY = {"Idempotency-Key": "sixteen-characters-or-more"}


def everything_in(url: str) -> str:
    with psycopg.connect(url) as conn:
        tables = conn.execute("select tablename from pg_tables where schemaname = 'public'")
        found = [
            conn.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(table)))
            for (table,) in tables.fetchall()
        ]
        return "\n".join(row for cursor in found for (row,) in cursor.fetchall())


def people_in(url: str, poll: Poll) -> tuple[int, int, int]:
    """Rows of the read model, profiles, and intervals in stored facts."""
    with psycopg.connect(url) as conn:
        row = conn.execute(
            """
            select (select count(*) from participants where poll_id = %(id)s),
                (select count(*) from profiles where poll_id = %(id)s),
                (select coalesce(sum(json_array_length(data -> 'intervals')), 0) from events
                 where key = %(id)s::text and data -> 'intervals' is not null)
            """,
            {"id": poll.id},
        ).fetchone()
    assert row is not None
    return row


def erased(poll: Poll) -> PollErased:
    return PollErased(poll_id=poll.id, erased_at=NOW)


async def learns(availability: Availability, poll: Poll, token: str = "") -> None:
    """The service hears of everything that was told of the poll, and hides it."""
    answer = await availability.client.get(
        f"{poll.path}/participants", headers={**bearer(token or poll.organiser), **poll.up_to_date}
    )
    assert_problem(answer, 404, "not_found")


async def test_nobody_of_an_erased_poll_is_in_any_table(availability: Availability) -> None:
    poll = availability.has_poll(title=CANARY)
    profile = {"name": CANARY, "email": f"{CANARY}@example.org", "note": CANARY}
    joined = (await availability.asks_to_join(poll, profile, KEY)).json()
    path = f"{poll.path}/participants/{joined['id']}"
    edit = bearer(joined["capabilities"]["edit"])
    for interval in (free(0, 4), free(5, 6, "preferred")):
        await availability.client.put(
            f"{path}/schedule", json={"intervals": [interval]}, headers=edit
        )
    standing = {"groups": [CANARY]}
    await availability.client.patch(path, json=standing, headers=bearer(poll.organiser))
    other = availability.has_poll()
    ben = await availability.joins(other, "Ben")
    await availability.submits(ben, free(0, 1))
    assert CANARY in everything_in(availability.database)
    assert people_in(availability.database, poll) == (1, 1, 2)

    poll.tell(erased(poll))
    await learns(availability, poll)

    assert CANARY not in everything_in(availability.database)
    assert people_in(availability.database, poll) == (0, 0, 0)
    assert people_in(availability.database, other) == (1, 1, 1)
    for headers in (edit, bearer(poll.organiser), bearer(poll.answer)):
        assert_problem(await availability.client.get(path, headers=headers), 404, "not_found")
    again = await availability.asks_to_join(poll, profile, KEY)
    assert_problem(again, 404, "not_found")


async def test_the_topic_gets_a_tombstone_for_everybody(
    availability: Availability, as_owner: Callable[[str], str]
) -> None:
    poll = availability.has_poll()
    people = [await availability.joins(poll, name) for name in ("Ann", "Ben")]
    with psycopg.connect(as_owner(availability.database), autocommit=True) as conn:
        # What is not sent yet stays here; without this the relay may be quicker than the test.
        conn.execute(
            "create table sent (topic text, key text, value json);"
            "create function note() returns trigger language plpgsql as "
            "$$ begin insert into sent values (new.topic, new.key, new.value); return new; end $$;"
            "create trigger noted after insert or update on outgoing_states"
            " for each row execute function note()"
        )
        poll.tell(erased(poll))
        await learns(availability, poll)
        rows = conn.execute("select topic, key, value from sent order by key").fetchall()
        conn.execute("drop trigger noted on outgoing_states; drop table sent")
    ids = sorted(person.id for person in people)
    assert rows == [("commontime.participants", id_, None) for id_ in ids]


async def test_late_facts_and_a_rebuild_bring_nothing_back(
    availability: Availability, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll, living = availability.has_poll(), availability.has_poll()
    ann = await availability.joins(poll)
    ben = await availability.joins(living)
    await availability.submits(ann, free(0, 4))
    poll.tell(erased(poll))
    await learns(availability, poll)

    [told, *_] = poll.owner.facts[str(poll.id)]
    late = Received("polls", str(poll.id), 1, poll.opened, told)
    async with availability.service.pool.connection() as conn:
        await consumers.take_in(conn, [late])
    await learns(availability, poll)

    # Of the own facts alone, as where poll-api is away, and of those of poll-api too.
    await read_models.rebuild(availability.service.pool, [projections.project], projections.TABLES)
    assert people_in(availability.database, poll) == (0, 0, 0)
    monkeypatch.setattr(poll.owner, "tells_heads", True)
    await rebuild(settings, [])
    assert people_in(availability.database, poll) == (0, 0, 0)
    await learns(availability, poll)
    found = await availability.client.get(ben.path, headers=ben.headers)
    assert found.status_code == 200


async def test_a_rebuild_hears_of_an_erasure_that_was_missed(
    availability: Availability, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a backup was restored that is older than the erasure."""
    poll = availability.has_poll()
    await availability.joins(poll)
    poll.tell(erased(poll))
    monkeypatch.setattr(poll.owner, "tells_heads", True)
    await rebuild(settings, [])
    assert people_in(availability.database, poll) == (0, 0, 0)
    await learns(availability, poll)


async def test_a_join_that_waits_for_the_erasure_leaves_nobody_behind(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    async with await AsyncConnection[Any].connect(availability.database) as conn:
        await lock_keys(conn, [str(poll.id)])
        late = [
            asyncio.create_task(availability.asks_to_join(poll, {"name": CANARY}, KEY)),
            asyncio.create_task(availability.submits(ann, free(0, 1))),
        ]
        await until(lambda: waiting(conn))
        envelope = envelope_of(str(poll.id), 2, erased(poll))
        received = Received("polls", str(poll.id), 2, erased(poll), envelope)
        await consumers.take_in(conn, [received])
        await conn.commit()
    for answer in await asyncio.gather(*late):
        assert_problem(answer, 404, "not_found")
    assert people_in(availability.database, poll) == (0, 0, 0)
    assert CANARY not in everything_in(availability.database)


async def waiting(conn: AsyncConnection[Any]) -> bool:
    """Whether somebody waits for a lock that this connection holds."""
    cursor = await conn.execute(
        "select exists (select from pg_stat_activity"
        " where pg_backend_pid() = any(pg_blocking_pids(pid)))"
    )
    row = await cursor.fetchone()
    return row is not None and row[0]


async def test_joins_in_the_midst_of_an_erasure_leave_nobody_behind(
    availability: Availability, settings: Settings, owner: Owner
) -> None:
    crowded = settings.model_copy(update={"instance_id": "two", "max_participants": 1_000})
    async with opened(crowded, owner) as replica:
        for _ in range(5):
            poll = replica.has_poll()
            await replica.joins(poll)
            joining = [asyncio.create_task(joins_until_refused(replica, poll)) for _ in range(8)]
            await until(partial(crowd_of, availability, poll, 20))
            await takes_in_the_erasure(availability, poll)
            assert sum(await asyncio.gather(*joining)) >= 19
            assert people_in(availability.database, poll) == (0, 0, 0)


async def joins_until_refused(availability: Availability, poll: Poll) -> int:
    joined = 0
    while True:
        answer = await availability.asks_to_join(poll, {"name": CANARY})
        if answer.status_code != 201:
            assert_problem(answer, 404, "not_found")
            return joined
        joined += 1


async def crowd_of(availability: Availability, poll: Poll, least: int) -> bool:
    return people_in(availability.database, poll)[0] >= least


async def takes_in_the_erasure(availability: Availability, poll: Poll) -> None:
    envelope = envelope_of(str(poll.id), 2, erased(poll))
    received = Received("polls", str(poll.id), 2, erased(poll), envelope)
    async with availability.service.pool.connection() as conn, conn.transaction():
        await consumers.take_in(conn, [received])


async def test_ten_thousand_people_are_forgotten_within_seconds(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    await learns_of(availability, poll)
    fill(availability.database, poll.id, 10_000, start=WINDOW.start, word=CANARY)
    assert people_in(availability.database, poll)[:2] == (10_000, 10_000)
    poll.tell(erased(poll))
    begun = time.perf_counter()
    await learns(availability, poll)
    assert time.perf_counter() - begun < 15
    assert people_in(availability.database, poll) == (0, 0, 0)
    assert CANARY not in everything_in(availability.database)


async def learns_of(availability: Availability, poll: Poll) -> None:
    answer = await availability.client.get(f"{poll.path}/participants", headers=bearer(poll.answer))
    assert answer.status_code == 200


async def test_the_facts_of_whoever_left_no_longer_say_when_they_were_free(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll, "Ann")
    await availability.submits(ann, free(0, 4))
    await availability.submits(ann, free(1, 4))
    await availability.client.patch(
        ann.path, json={"groups": [CANARY]}, headers=bearer(poll.organiser)
    )
    await availability.client.delete(ann.path, headers=ann.headers)
    stored = await availability.service.store.read_key(str(poll.id))
    assert [one.fact.TYPE.split(".")[2] for one in stored] == [
        "joined",
        "submitted",
        "submitted",
        "revised",
        "erased",
    ]
    said = json.dumps([one.fact.model_dump(mode="json") for one in stored])
    assert "preference" not in said
    assert CANARY not in said
