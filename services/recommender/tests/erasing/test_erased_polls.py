"""An erased poll is gone from every table, and nothing brings it back."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncConnection, sql

from contracts.envelope import Envelope
from inbox.reading import read_fact
from inbox.sources import Received
from inbox.testing.service import until
from recommender import consumers
from recommender.erasing import TABLES
from recommender.maintenance import rebuild
from recommender.settings import Settings
from recommender.testing import Others, Poll, Recommender, free

pytestmark = pytest.mark.asyncio(loop_scope="module")

TITLE, NAME = "canary-title-9c1e", "canary-name-4b7d"


async def erased(recommender: Recommender, they: Others, settings: Settings) -> Poll:
    """A poll with a person, of whom everything was here."""
    poll = await they.opened(title=TITLE)
    await they.answered(poll, NAME, free(0, 2))

    async def named() -> bool:
        return NAME in (await recommender.asked(poll)).text

    await until(named)
    assert TITLE in everything_in(settings)
    await they.erases_poll(poll)
    await gone(recommender, poll)
    return poll


async def gone(recommender: Recommender, poll: Poll) -> None:
    assert (await recommender.asked(poll)).status_code == 404


async def test_nothing_is_left_but_that_it_was_erased(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    poll = await erased(recommender, they, settings)
    assert_buried(settings, poll)
    found = everything_in(settings)
    assert TITLE not in found
    assert NAME not in found


async def test_to_everybody_it_is_as_one_that_never_was(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    await they.erases_poll(poll)
    await gone(recommender, poll)
    unknown = Poll(organiser=poll.organiser)
    for token in (poll.organiser, poll.answer, ann.token):
        for ask in (recommender.asked, recommender.heatmap, recommender.timeline):
            one, other = await ask(poll, token), await ask(unknown, token)
            assert {**one.json(), "instance": ""} == {**other.json(), "instance": ""}
            assert one.status_code == 404
    past = await recommender.asked(poll, as_of="polls:1,schedules:2")
    assert past.status_code == 404


async def test_whatever_comes_late_brings_nothing_back(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    poll, other = await they.opened(), await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    await they.erases_poll(poll)
    await they.submits(poll, ann, free(1, 3))
    await they.weighs(poll, ann, 3, groups=("leads",))
    await they.rotates_link_of(poll, ann)
    await they.names(poll, ann, NAME, version=9)
    late = await they.answered(poll, NAME, free(0, 1))
    await they.erases(poll, late, tombstone=False)
    await they.revises(poll, title=TITLE)
    await gone(recommender, poll)
    marker = await they.joined(other, "marker")

    async def all_came() -> bool:
        return str(marker.id) in everything_in(settings, "profiles")

    await until(all_came)
    assert_buried(settings, poll)
    assert NAME not in everything_in(settings)
    assert TITLE not in everything_in(settings)


async def test_a_poll_whose_whole_life_comes_at_once_leaves_nothing(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    they.sends = False
    try:
        poll = await they.opened(title=TITLE)
        await they.answered(poll, None, free(0, 2))
        await they.erases_poll(poll)
    finally:
        they.sends = True
    await gone(recommender, poll)
    assert_buried(settings, poll)


async def test_a_rebuild_brings_nothing_back(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    poll = await erased(recommender, they, settings)
    they.poll_api.tells_heads = they.availability.tells_heads = True
    try:
        await rebuild(settings, [])
        assert_buried(settings, poll)
        await recommender.service.inbox.reconcile()
    finally:
        they.poll_api.tells_heads = they.availability.tells_heads = False
    assert_buried(settings, poll)
    await gone(recommender, poll)


async def test_what_is_taken_in_while_a_poll_is_erased_goes_with_it(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    poll = await they.opened()
    await recommender.asked(poll)
    they.sends = False
    try:
        await they.answered(poll, None, free(0, 2))
        await they.erases_poll(poll)
    finally:
        they.sends = True
    coming = received("schedules", they.availability.facts[str(poll.id)])
    erasing = received("polls", they.poll_api.facts[str(poll.id)][-1:])
    url = settings.database_url.get_secret_value()
    async with (
        await AsyncConnection.connect(url) as one,
        await AsyncConnection.connect(url) as two,
    ):
        await consumers.take_in(one, coming[:1])
        other = asyncio.create_task(consumers.take_in(two, erasing))
        await waits_for_a_lock(settings)
        await one.commit()
        await other
        late = asyncio.create_task(consumers.take_in(one, coming[1:]))
        await waits_for_a_lock(settings)
        await two.commit()
        await late
        await one.commit()
    assert_buried(settings, poll)


def received(label: str, envelopes: list[Envelope]) -> list[Received]:
    facts = [read_fact(label, envelope) for envelope in envelopes]
    return [Received(*f.place, f.sequence, f.fact, f.envelope) for f in facts if f.fact]


async def waits_for_a_lock(settings: Settings) -> None:
    async def somebody_waits() -> bool:
        waiting = "select from pg_locks where locktype = 'advisory' and not granted"
        return bool(rows(settings, waiting))

    await until(somebody_waits)


def assert_buried(settings: Settings, poll: Poll) -> None:
    for table in TABLES:
        assert str(poll.id) not in everything_in(settings, table), table
    assert rows(settings, "select from erased_polls where poll_id = %s", poll.id)


def rows(settings: Settings, statement: Any, *parameters: UUID) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url.get_secret_value()) as conn:
        return conn.execute(statement, parameters).fetchall()


def everything_in(settings: Settings, *tables: str) -> str:
    """Of these tables, or of all."""
    every = "select tablename from pg_tables where schemaname = 'public'"
    names = tables or [name for (name,) in rows(settings, every)]
    select = "select t::text from {} t"
    return "\n".join(
        row
        for name in names
        for (row,) in rows(settings, sql.SQL(select).format(sql.Identifier(name)))
    )
