"""Everybody who watches in this process: a bounded number, who leave before it stops."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self

from prometheus_client import Counter, Gauge

from chassis.draining import Draining
from chassis.live.viewer import Viewer
from chassis.problems import Problem
from chassis.tasks import end


class Viewers:
    """At most `most` at once; draining, and leaving the context, ends them all."""

    def __init__(self, draining: Draining, *, most: int, present: Gauge, refused: Counter) -> None:
        self._draining = draining
        self._most = most
        self._present = present
        self._refused = refused
        self._watching: set[Viewer] = set()

    async def __aenter__(self) -> Self:
        self._waiting_for_the_end = asyncio.create_task(self._end_when_draining())
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._waiting_for_the_end)
        self._end_all()

    @contextmanager
    def seat(self, viewer: Viewer) -> Generator[None]:
        """Raises the problem `overloaded` where too many watch, or this process is to stop."""
        if len(self._watching) >= self._most or self._draining.begun:
            self._refused.inc()
            raise Problem("overloaded")
        self._watching.add(viewer)
        self._present.inc()
        try:
            yield
        finally:
            self._watching.discard(viewer)
            self._present.dec()

    async def _end_when_draining(self) -> None:
        await self._draining.wait()
        self._end_all()

    def _end_all(self) -> None:
        for viewer in self._watching:
            viewer.end()
