"""Wakes whoever waits for a place to move on."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from inbox.sources import Place


class Waiting:
    """Of one process. Another replica's progress is only seen by looking again."""

    def __init__(self) -> None:
        self._events: defaultdict[Place, set[asyncio.Event]] = defaultdict(set)

    def wake(self, places: Iterable[Place]) -> None:
        for place in places:
            for event in self._events.get(place, ()):
                event.set()

    async def moved(self, place: Place, seconds: float) -> None:
        """Return when the place has moved on, or when the time is up."""
        event = asyncio.Event()
        self._events[place].add(event)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._events[place].discard(event)
            if not self._events[place]:
                del self._events[place]
