"""Everybody who watches a poll in this process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from chassis.live.viewers import Viewers
from recommender.live.metrics import LiveMetrics
from recommender.live.sight import Sight
from recommender.live.snapshot import Sequences, Snapshot
from recommender.live.viewer import PollViewer
from recommender.live.watched import Watched


class Hub:
    """`ping_s` is how many seconds a viewer is left without a word."""

    def __init__(
        self, sight: Sight, viewers: Viewers, metrics: LiveMetrics, *, ping_s: float
    ) -> None:
        self._sight = sight
        self._viewers = viewers
        self._metrics = metrics
        self.ping_s = ping_s
        self._watched: dict[UUID, Watched] = {}

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
        self, poll_id: UUID, viewer: PollViewer, seen: Sequences
    ) -> AsyncGenerator[None]:
        """Raises the problem `overloaded` where too many watch, or this process is to stop."""
        with self._viewers.seat(viewer):
            watched = self._watched.get(poll_id)
            if watched is None:
                watched = Watched(poll_id, self._sight, self._metrics.computations.inc)
                self._watched[poll_id] = watched
            watched.add(viewer, seen)
            try:
                yield
            finally:
                watched.viewers.discard(viewer)
                if not watched.viewers and self._watched.get(poll_id) is watched:
                    del self._watched[poll_id]
                    await watched.close()
