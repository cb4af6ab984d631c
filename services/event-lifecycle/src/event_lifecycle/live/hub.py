"""Everybody who watches events in this process, told of what any process changes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Self

from chassis.access import Credential
from chassis.live.viewers import Viewers
from chassis.tasks import end
from event_lifecycle.event_row import Row
from event_lifecycle.live.changes import Changes
from event_lifecycle.live.reading import Look, look, read_recent, read_seers
from event_lifecycle.live.viewer import EventViewer
from eventstore.background import Works, keep_trying
from eventstore.dedicated import Connection, dedicated_connection
from eventstore.doorbell import Doorbell

_BEAT_S = 1.0
_GATHER_S = 0.02
"""What is committed within so short a time is read together."""


class EventHub:
    """Looks at the database while somebody watches: whenever it rings, and every second."""

    def __init__(self, url: str, viewers: Viewers, *, ping_s: float) -> None:
        self._url = url
        self._viewers = viewers
        self.ping_s = ping_s
        self._coming: set[EventViewer] = set()
        self._watching: set[EventViewer] = set()
        self._wanted = asyncio.Event()
        self._doorbell = Doorbell()
        self._before: Look | None = None

    async def __aenter__(self) -> Self:
        rng = Random()  # noqa: S311  # spreads retries, keeps no secret
        self._looking = asyncio.create_task(keep_trying("event stream", self._session, rng))
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._looking)

    @asynccontextmanager
    async def watching(self, viewer: EventViewer) -> AsyncGenerator[None]:
        """Raises the problem `overloaded` where too many watch, or this process is to stop."""
        with self._viewers.seat(viewer):
            self._coming.add(viewer)
            self._wanted.set()
            self._doorbell.ring()
            try:
                yield
            finally:
                self._coming.discard(viewer)
                self._watching.discard(viewer)

    async def _session(self, works: Works) -> None:
        while True:
            while not (self._coming or self._watching):
                self._before = None
                self._wanted.clear()
                await self._wanted.wait()
            async with dedicated_connection(self._url, "event stream") as connection:
                await connection.execute("listen outbox")
                while self._coming or self._watching:
                    self._doorbell.silence()
                    await self._look(connection)
                    works()
                    await asyncio.sleep(_GATHER_S)
                    await self._doorbell.wait(connection, _BEAT_S)

    async def _look(self, connection: Connection) -> None:
        if self._before is None:
            self._before = await look(connection, None)
        coming, before = list(self._coming), self._before
        # What they missed is read first: the look begins earlier and ends later, and leaves no gap.
        missed = await self._missed(connection, coming)
        present = await look(connection, before.snapshot)
        changes = await self._changes(connection, present.rows or ())
        self._before = present
        for viewer in self._coming.intersection(coming):
            self._coming.discard(viewer)
            self._watching.add(viewer)
            if missed is not None and viewer.since is not None:
                missed.tell(viewer, present.cursor)
        # In a database that was restored from a copy the numbers begin again.
        lost = present.rows is None or present.cursor < before.cursor
        for viewer in self._watching:
            if lost:
                viewer.reset(present.cursor)
            else:
                viewer.tell(changes.seen_by(viewer.sight), present.cursor)

    async def _missed(
        self, connection: Connection, coming: Sequence[EventViewer]
    ) -> "_Missed | None":
        """What those who come again must be told, with one question for all of them."""
        resumed = [viewer.since for viewer in coming if viewer.since is not None]
        if not resumed:
            return None
        recent = await read_recent(connection, min(resumed))
        return _Missed(recent.since, await self._changes(connection, recent.rows))

    async def _changes(self, connection: Connection, rows: Sequence[Row]) -> Changes:
        polls = {row.poll_id for row in rows if row.poll_id is not None}
        callers: set[Credential] = set()
        if polls:
            callers = {viewer.sight.shown for viewer in (*self._coming, *self._watching)}
        return Changes(rows, await read_seers(connection, polls, callers))


@dataclass(frozen=True)
class _Missed:
    """All changes from the cursor `since` on."""

    since: int
    changes: Changes

    def tell(self, viewer: EventViewer, cursor: int) -> None:
        """Whoever has been away for too long, or was told of a future, reads the list again."""
        if viewer.since is not None and self.since <= viewer.since <= cursor:
            viewer.tell(self.changes.seen_by(viewer.sight), cursor)
        else:
            viewer.reset(cursor)
