"""Tells which polls have changed, in this replica or in another one.

Whoever changes a poll's rows notifies in the same transaction; each replica listens on a connection
of its own. What was read is as good as what is stored until the feed names its poll, but only
while the feed is `trusted`: one that no longer hears the database knows nothing.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from random import Random
from time import monotonic
from typing import TypeAlias
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from chassis.tasks import end
from eventstore.background import Works, keep_trying
from eventstore.dedicated import Connection, dedicated_connection

Subscriber: TypeAlias = Callable[[frozenset[UUID] | None], None]
"""Gets the polls that changed; None where any may have."""

_BEATS_TO_ANSWER = 2
_BEATS_TRUSTED = 3
_IDS_PER_MESSAGE = 200
"""PostgreSQL takes less than 8,000 bytes."""
_ERASED = "erased "
_SQL = load("recommender")


class Feed:
    """`async with feed:` listens in the background and connects again as often as it must.

    Every `beat_s` seconds it asks the server whether it is there: one that vanishes silently is
    trusted for three of them.
    """

    def __init__(self, url: str, *, beat_s: float = 1.0) -> None:
        self._url = url
        self._beat_s = beat_s
        self._subscribers: list[Subscriber] = []
        self._forgetful: list[Subscriber] = []
        self._trusted_until = 0.0

    async def __aenter__(self) -> "Feed":
        rng = Random()  # noqa: S311  # spreads retries, keeps no secret
        self._listening = asyncio.create_task(keep_trying("feed", self._listen, rng))
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._listening)

    @property
    def trusted(self) -> bool:
        """Whether a poll that the feed has not named is still as it was."""
        return monotonic() < self._trusted_until

    def subscribe(self, subscriber: Subscriber) -> None:
        """Have it called on the event loop at each change; a change may be told more than once.

        After the connection was lost and is back it is called with None.
        """
        self._subscribers.append(subscriber)

    def subscribe_to_erasures(self, subscriber: Subscriber) -> None:
        """Likewise, of polls that were erased or somebody of whom was: to keep nothing of them."""
        self._forgetful.append(subscriber)

    def changed(self, polls: Collection[UUID]) -> None:
        """Tell at once what this process has committed itself."""
        self._tell(frozenset(polls))

    def committed(self, keys: Collection[str]) -> None:
        """`changed` for the inbox."""
        self.changed(poll_ids(keys))

    async def _listen(self, works: Works) -> None:
        try:
            async with dedicated_connection(self._url, "recommender feed") as connection:
                await connection.execute("listen recommender")
                # Only now: what changes from here on is heard.
                self._tell(None)
                self._forget(None)
                while True:
                    await self._ask(connection)
                    works()
                    async for heard in connection.notifies(timeout=self._beat_s):
                        self._hear(heard.payload)
        finally:
            self._trusted_until = 0.0

    async def _ask(self, connection: Connection) -> None:
        asked_at = monotonic()
        async with asyncio.timeout(_BEATS_TO_ANSWER * self._beat_s):
            await connection.execute("select")
        self._trusted_until = asked_at + _BEATS_TRUSTED * self._beat_s

    def _hear(self, message: str) -> None:
        polls = _polls_of(message.removeprefix(_ERASED))
        if message.startswith(_ERASED):
            self._forget(polls)
        self._tell(polls)

    def _forget(self, polls: frozenset[UUID] | None) -> None:
        for subscriber in self._forgetful:
            subscriber(polls)

    def _tell(self, polls: frozenset[UUID] | None) -> None:
        for subscriber in self._subscribers:
            subscriber(polls)


async def announce(conn: AsyncConnection[TupleRow], polls: Collection[UUID]) -> None:
    """Notify all replicas of these polls as soon as the transaction commits."""
    if polls:
        await conn.execute(_SQL["announce"], {"messages": _messages([each.hex for each in polls])})


async def announce_erasures(conn: AsyncConnection[TupleRow], polls: Collection[UUID]) -> None:
    """Likewise, of polls of which nothing may be kept in memory."""
    if polls:
        messages = [_ERASED + each for each in _messages([each.hex for each in polls])]
        await conn.execute(_SQL["announce"], {"messages": messages})


async def announce_keys(conn: AsyncConnection[TupleRow], keys: Collection[str]) -> None:
    """`announce` for the inbox."""
    await announce(conn, poll_ids(keys))


async def announce_everything(conn: AsyncConnection[TupleRow]) -> None:
    """Notify all replicas that any poll may have changed."""
    await conn.execute(_SQL["announce"], {"messages": [""]})


def poll_ids(keys: Collection[str]) -> list[UUID]:
    """Without keys that are no poll's, whoever sent them."""
    ids: list[UUID] = []
    for key in keys:
        with suppress(ValueError):
            ids.append(UUID(key))
    return ids


def _messages(ids: Sequence[str]) -> list[str]:
    parts = range(0, len(ids), _IDS_PER_MESSAGE)
    return [" ".join(ids[part : part + _IDS_PER_MESSAGE]) for part in parts]


def _polls_of(message: str) -> frozenset[UUID] | None:
    return frozenset(map(UUID, message.split())) if message else None
