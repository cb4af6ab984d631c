"""What the feed tells, and when it is not to be trusted."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import AsyncConnection

from inbox.testing.service import until
from recommender.feed import Feed, announce, announce_everything


class Told:
    """What a subscriber was told."""

    def __init__(self, feed: Feed) -> None:
        self.changes: list[frozenset[UUID] | None] = []
        feed.subscribe(self.changes.append)

    @property
    def polls(self) -> set[UUID]:
        return {poll for change in self.changes if change is not None for poll in change}


class Proxy:
    """A way to the server that can be blocked: connections stay, nothing arrives."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._open = asyncio.Event()
        self._open.set()
        self._ways: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[str]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = self._there.netloc.rpartition("@")[0]
        async with server:
            yield self._there._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()
            self._open.set()
            for way in self._ways:
                way.close()
                await way.wait_closed()

    def block(self) -> None:
        self._open.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(self._there.hostname, self._there.port)
        self._ways += [writer, there[1]]
        await asyncio.gather(self._pass_on(reader, there[1]), self._pass_on(there[0], writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65_536):
            await self._open.wait()
            writer.write(part)


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
async def connection(url: str) -> AsyncGenerator[AsyncConnection]:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


async def trusted(feed: Feed) -> None:
    async def is_trusted() -> bool:
        return feed.trusted

    await until(is_trusted)


async def test_a_change_is_told_when_its_transaction_has_committed(
    url: str, connection: AsyncConnection
) -> None:
    undone, done = uuid4(), uuid4()
    async with Feed(url) as feed:
        told = Told(feed)
        await trusted(feed)
        async with connection.transaction(force_rollback=True):
            await announce(connection, [undone])
        async with connection.transaction():
            await announce(connection, [done])
            await asyncio.sleep(0.05)
            assert told.polls == set()

        async def is_told() -> bool:
            return told.polls == {done}

        await until(is_told)


async def test_any_number_of_polls_may_change_at_once(
    url: str, connection: AsyncConnection
) -> None:
    many = [uuid4() for _ in range(1_001)]
    async with Feed(url) as feed:
        told = Told(feed)
        await trusted(feed)
        await announce(connection, many)

        async def all_told() -> bool:
            return told.polls == set(many)

        await until(all_told)
        told.changes.clear()
        await announce_everything(connection)

        async def everything_told() -> bool:
            return told.changes == [None]

        await until(everything_told)


async def test_what_the_process_itself_commits_is_told_at_once(url: str) -> None:
    feed = Feed(url)
    told, poll = Told(feed), uuid4()
    feed.committed({str(poll), "no poll's key"})
    assert told.changes == [frozenset({poll})]


async def test_without_its_connection_it_is_not_trusted_and_later_tells_that_all_may_have_changed(
    url: str, connection: AsyncConnection
) -> None:
    async with Feed(url) as feed:
        told = Told(feed)
        assert not feed.trusted
        await trusted(feed)
        assert told.changes == [None]
        end_feeds(url)

        async def is_lost() -> bool:
            return not feed.trusted

        await until(is_lost)
        await trusted(feed)
        assert told.changes == [None, None]
        poll = uuid4()
        await announce(connection, [poll])

        async def hears_again() -> bool:
            return told.polls == {poll}

        await until(hears_again)
    assert not feed.trusted


async def test_a_server_that_vanishes_silently_is_trusted_for_three_beats_at_most(
    url: str,
) -> None:
    proxy = Proxy(url)
    async with proxy.opened() as way, Feed(way, beat_s=0.1) as feed:
        await trusted(feed)
        proxy.block()
        blocked = last_trusted = monotonic()

        async def is_lost() -> bool:
            nonlocal last_trusted
            looked = monotonic()
            if trusts := feed.trusted:
                last_trusted = looked
            return not trusts

        await until(is_lost)
        assert last_trusted - blocked <= 0.3


def end_feeds(url: str) -> None:
    """End every feed's connection to this database, as a failing server does."""
    with psycopg.connect(url) as conn:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'recommender feed' and datname = current_database()"
        )
