"""When a poll is taken from memory, and when the database is asked."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
import pytest
import pytest_asyncio
from fastapi import Response
from psycopg import AsyncConnection

from chassis.access import Credential, Role, hash_of
from inbox.testing.service import until
from recommender.entries import Entries, Entry, ReadyAnswer
from recommender.feed import Feed, announce
from recommender.settings import Settings
from recommender.testing import Others, Poll, Recommender, free

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAPACITY = 1_000_000


@pytest.fixture(scope="module")
def url(settings: Settings) -> str:
    return settings.database_url.get_secret_value()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def aside(url: str) -> AsyncGenerator[AsyncConnection]:
    """A connection that changes things without a word."""
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


@asynccontextmanager
async def listening(feed: Feed) -> AsyncGenerator[None]:
    async def trusted() -> bool:
        return feed.trusted

    async with feed:
        await until(trusted)
        yield


async def moves_silently(aside: AsyncConnection, poll: Poll) -> None:
    await aside.execute(
        "update seen set sequence = sequence + 1 where source = 'schedules' and key = %s",
        (str(poll.id),),
    )


async def read(entries: Entries, poll: Poll) -> Entry:
    entry = await entries.read(poll.id)
    assert entry is not None
    return entry


async def taken_in(recommender: Recommender, they: Others) -> Poll:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 2))
    assert (await recommender.asked(poll)).status_code == 200
    return poll


async def test_a_poll_is_read_once_until_it_is_said_to_have_changed(
    recommender: Recommender, they: Others, url: str, aside: AsyncConnection
) -> None:
    poll = await taken_in(recommender, they)
    feed = Feed(url)
    entries = Entries(recommender.service.pool, feed, CAPACITY)
    async with listening(feed):
        entry = await read(entries, poll)
        await moves_silently(aside, poll)
        assert entries.at_hand(poll.id) is entry
        await announce(aside, [poll.id])

        async def forgotten() -> bool:
            return entries.at_hand(poll.id) is None

        await until(forgotten)
        assert (await read(entries, poll)).heads.schedules == entry.heads.schedules + 1
        assert entries.at_hand(poll.id) is not None


async def test_without_a_feed_to_trust_the_database_is_asked_every_time(
    recommender: Recommender, they: Others, url: str, aside: AsyncConnection
) -> None:
    poll = await taken_in(recommender, they)
    feed = Feed(url)
    entries = Entries(recommender.service.pool, feed, CAPACITY)
    async with listening(feed):
        before = await read(entries, poll)
    assert entries.at_hand(poll.id) is None
    await moves_silently(aside, poll)
    assert (await read(entries, poll)).heads.schedules == before.heads.schedules + 1
    assert entries.at_hand(poll.id) is None
    async with listening(feed):
        assert entries.at_hand(poll.id) is None


async def test_what_was_read_while_the_poll_changed_is_not_kept(
    recommender: Recommender, they: Others, url: str
) -> None:
    poll = await taken_in(recommender, they)
    feed = Feed(url)
    entries = Entries(recommender.service.pool, feed, CAPACITY)
    async with listening(feed):
        with psycopg.connect(url) as conn:
            conn.execute("lock table name_generations in access exclusive mode")
            reading = asyncio.create_task(entries.read(poll.id))
            await asyncio.sleep(0.05)
            feed.changed([poll.id])
        assert await reading is not None
        assert entries.at_hand(poll.id) is None
        await read(entries, poll)
        assert entries.at_hand(poll.id) is not None


async def test_an_edit_capability_is_known_once_it_was_seen_and_no_longer_than_its_owner(
    recommender: Recommender, they: Others, url: str
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    await recommender.asked(poll)
    feed = Feed(url)
    entries = Entries(recommender.service.pool, feed, CAPACITY)
    token = hash_of(ann.token)
    shown = Credential(token, kind="edit")
    async with listening(feed):
        entry = await read(entries, poll)
        assert not entry.knows(shown)
        assert await entries.read(poll.id, token) is entry
        caller = entry.caller(shown)
        assert caller is not None
        assert (caller.role, caller.participant_id) == (Role.EDIT, ann.id)
        assert not entry.knows(Credential(hash_of("somebody else's")))
        await they.erases(poll, ann)
        assert (await recommender.asked(poll, ann.token)).status_code == 404

        async def forgotten() -> bool:
            return entries.at_hand(poll.id) is None

        await until(forgotten)
        after = await entries.read(poll.id, token)
        assert after is not None
        assert after.caller(shown) is None


async def test_memory_is_bounded(recommender: Recommender, they: Others, url: str) -> None:
    polls = [await taken_in(recommender, they) for _ in range(3)]
    feed = Feed(url)
    entries = Entries(recommender.service.pool, feed, 2 * 25_000)
    async with listening(feed):
        for poll in polls:
            await read(entries, poll)
        kept = [entries.at_hand(poll.id) is not None for poll in polls]
        assert kept == [False, True, True]


async def test_answers_take_a_part_of_the_memory_only(
    recommender: Recommender, they: Others, url: str
) -> None:
    poll = await taken_in(recommender, they)
    feed = Feed(url)
    entries = Entries(recommender.service.pool, feed, 2 * 800_000)
    answer = ReadyAnswer(Response(), Response(), b"")
    async with listening(feed):
        entry = await read(entries, poll)
        for question in range(5):
            entries.remember(entry, question, answer, 40_000)
        kept = [question for question in range(5) if entry.answers.get(question)]
        assert kept == [3, 4]
        entries.remember(entry, "too large", answer, 100_001)
        assert entry.answers.get("too large") is None
        assert entries.at_hand(poll.id) is entry
