"""The pool while PostgreSQL comes, goes and comes back: a TCP proxy stands for the network."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from chassis.database import Pool, database_ready, open_pool
from chassis.migrations import BadMigrations, migrate

NewDatabase = Callable[[], str]


class Network:
    """Between us and one database; while it is cut nobody gets through, and nobody stays."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._open: set[asyncio.StreamWriter] = set()
        self._parts = parts
        self.port = 0
        self.connected = True

    @property
    def url(self) -> str:
        parts = self._parts
        credentials = f"{parts.username}:{parts.password}"
        return parts._replace(netloc=f"{credentials}@127.0.0.1:{self.port}").geturl()

    def cut(self) -> None:
        self.connected = False
        for writer in self._open:
            writer.transport.abort()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.connected:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._open |= {writer, far_writer}
        await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
        self._open -= {writer, far_writer}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
        writer.close()


@pytest.fixture
async def network(new_database: NewDatabase) -> AsyncIterator[Network]:
    network = Network(new_database())
    server = await asyncio.start_server(network.relay, "127.0.0.1", 0)
    network.port = server.sockets[0].getsockname()[1]
    yield network
    network.cut()
    server.close()


async def test_broken_connections_are_replaced_before_they_are_handed_out(network: Network) -> None:
    async with await open_pool(network.url, "test", min_size=2, max_size=2) as pool:
        await pool.wait()
        for _ in range(2):
            await uses_both(pool)  # a moment ago, so that nobody asks the server again
            network.cut()
            network.connected = True
            await asyncio.sleep(0.01)  # the kernel tells it
            await uses_both(pool)


async def uses_both(pool: Pool) -> None:
    async with pool.connection() as one, pool.connection() as other:
        for connection in (one, other):
            assert await (await connection.execute("select 1")).fetchone() == (1,)


async def test_while_the_server_is_away_callers_get_an_error_and_later_an_answer(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.database._WAIT_FOR_CONNECTION_S", 0.3)
    async with await open_pool(network.url, "test") as pool:
        network.cut()
        with pytest.raises((PoolTimeout, psycopg.OperationalError)):
            async with pool.connection() as connection:
                await connection.execute("select 1")
        network.connected = True
        async with asyncio.timeout(5):
            while True:
                with suppress(PoolTimeout, psycopg.OperationalError):
                    async with pool.connection() as connection:
                        await connection.execute("select 1")
                        break


async def test_opening_waits_for_a_server_that_is_still_starting(network: Network) -> None:
    network.cut()
    opening = asyncio.create_task(open_pool(network.url, "test"))
    await asyncio.sleep(0.05)
    assert not opening.done()
    network.connected = True
    async with asyncio.timeout(5), await opening as pool:
        assert not pool.closed


async def test_opening_does_not_wait_for_ever(network: Network) -> None:
    network.cut()
    with pytest.raises(psycopg.OperationalError):
        await open_pool(network.url, "test", patience_s=0.1)


async def test_every_connection_has_its_bounds(new_database: NewDatabase) -> None:
    async with (
        await open_pool(new_database(), "bounded") as pool,
        pool.connection() as connection,
    ):
        assert connection.autocommit
        for setting, value in [
            ("statement_timeout", "10s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "15s"),
            ("application_name", "bounded"),
        ]:
            row = await connection.execute("select current_setting(%s)", (setting,))
            assert await row.fetchone() == (value,)


async def test_readiness_waits_for_the_schema(
    new_database: NewDatabase, as_owner: Callable[[str], str], tmp_path: Path
) -> None:
    folder = tmp_path / "service" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_things.sql").write_text("create table things (n int)")
    url = new_database()
    async with await open_pool(url, "test") as pool:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await database_ready(pool, [folder])
        migrate(as_owner(url), folder)
        await database_ready(pool, [folder])
        (folder / "0002_more.sql").write_text("create table more (n int)")
        with pytest.raises(RuntimeError, match=r"service/0002_more\.sql is not applied"):
            await database_ready(pool, [folder])
        (folder / "0001_things.sql").write_text("create table others (n int)")
        with pytest.raises(BadMigrations):
            await database_ready(pool, [folder])
