"""Everybody who watches a poll in this process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from chassis.draining import Draining
from chassis.problems import Problem
from chassis.tasks import end
from recommender.live.metrics import LiveMetrics
from recommender.live.sight import Sight
from recommender.live.snapshot import Sequences, Snapshot
from recommender.live.viewer import Viewer
from recommender.live.watched import Watched


class Hub:
    """At most `most` viewers, who hear something every `ping_s` seconds; draining ends them all."""

    def __init__(
        self, sight: Sight, metrics: LiveMetrics, draining: Draining, *, most: int, ping_s: float
    ) -> None:
        self._sight = sight
        self._metrics = metrics
        self._draining = draining
        self._most = most
        self.ping_s = ping_s
        self._count = 0
        self._watched: dict[UUID, Watched] = {}

    async def __aenter__(self) -> "Hub":
        self._waiting_for_the_end = asyncio.create_task(self._end_when_draining())
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._waiting_for_the_end)
        self._end_all()

    def changed(self, polls: frozenset[UUID] | None) -> None:
        """Look at these polls again, at all of them for None."""
        for poll_id in self._watched.keys() if polls is None else self._watched.keys() & polls:
            self._watched[poll_id].look()

    def snapshot_of(self, poll_id: UUID) -> Snapshot | None:
        """What those who watch the poll are told at present."""
        watched = self._watched.get(poll_id)
        return watched.snapshot if watched else None

    @asynccontextmanager
    async def watching(
        self, poll_id: UUID, viewer: Viewer, seen: Sequences
    ) -> AsyncGenerator[None]:
        """Raises the problem `overloaded` where too many watch, or this process is to stop."""
        if self._count >= self._most or self._draining.begun:
            self._metrics.refused.inc()
            raise Problem("overloaded")
        self._count += 1
        self._metrics.viewers.inc()
        watched = self._watched.get(poll_id)
        if watched is None:
            watched = Watched(poll_id, self._sight, self._metrics.computations.inc)
            self._watched[poll_id] = watched
        watched.add(viewer, seen)
        try:
            yield
        finally:
            self._count -= 1
            self._metrics.viewers.dec()
            watched.viewers.discard(viewer)
            if not watched.viewers and self._watched.get(poll_id) is watched:
                del self._watched[poll_id]
                await watched.close()

    async def _end_when_draining(self) -> None:
        await self._draining.wait()
        self._end_all()

    def _end_all(self) -> None:
        for watched in self._watched.values():
            for viewer in watched.viewers:
                viewer.end()
