"""Fetches from their owners the facts that Kafka did not bring."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Mapping

from contracts.envelope import NotAnEnvelope
from inbox import seen
from inbox.fact_door import FactDoor
from inbox.metrics import Metrics
from inbox.outcomes import OwnerAway
from inbox.owner import FactPage, Owners
from inbox.reading import Incoming, read_fact
from inbox.sources import FactSource, Place, Pool

_TOGETHER = 16
"""So many keys are fetched at once and applied in one transaction."""


class Refiller:
    """Raises `OwnerAway`, and what the door finds worth retrying."""

    def __init__(
        self,
        pool: Pool,
        owners: Owners,
        sources: Iterable[FactSource],
        door: FactDoor,
        metrics: Metrics,
    ) -> None:
        self._pool = pool
        self._owners = owners
        self._urls: Mapping[str, str] = {source.label: source.owner_url for source in sources}
        self._door = door
        self._metrics = metrics
        self._running: dict[Place, asyncio.Task[int]] = {}

    async def refill(self, place: Place) -> int:
        """Fetch what is missing of one place; return the last sequence its owner has.

        Those who ask while somebody else's request for the place runs share its result.
        """
        running = self._running.get(place)
        if running is None:
            running = asyncio.create_task(self._refill_one(place))
            self._running[place] = running
            running.add_done_callback(lambda _: self._running.pop(place, None))
        return await asyncio.shield(running)

    async def refill_many(
        self, places: Collection[Place], *, retrying: bool = False
    ) -> dict[Place, int]:
        """The same for many; parked ones are tried again where `retrying`."""
        return await self._fetch(places, places if retrying else ())

    async def _refill_one(self, place: Place) -> int:
        return (await self._fetch([place], ()))[place]

    async def _fetch(
        self, places: Collection[Place], retrying: Collection[Place]
    ) -> dict[Place, int]:
        async with self._pool.connection() as conn:
            known = await seen.read(conn, places)
        waiting = deque((place, known.get(place, 0)) for place in places)
        heads: dict[Place, int] = {}
        coming = asyncio.create_task(self._pages(waiting))
        try:
            while pages := await coming:
                for place, page in pages:
                    heads[place] = page.head
                    if page.envelopes and page.envelopes[-1].sequence < page.head:
                        waiting.append((place, page.envelopes[-1].sequence))
                # The next ones are on their way while these are applied.
                coming = asyncio.create_task(self._pages(waiting))
                await self._door.take([fact for page in pages for fact in _read(*page)], retrying)
        finally:
            coming.cancel()
        return heads

    async def _pages(self, waiting: deque[tuple[Place, int]]) -> list[tuple[Place, FactPage]]:
        """The next page of the places that wait longest; none when nothing waits."""
        asked = [waiting.popleft() for _ in range(min(_TOGETHER, len(waiting)))]
        pages = await asyncio.gather(*(self._page(place, after) for place, after in asked))
        return [(place, page) for (place, _), page in zip(asked, pages, strict=True)]

    async def _page(self, place: Place, after: int) -> FactPage:
        label, key = place
        page = await self._owners.facts(self._urls[label], key, after=after)
        self._metrics.refilled.labels(label).inc(len(page.envelopes))
        return page


def _read(place: Place, page: FactPage) -> list[Incoming]:
    try:
        return [read_fact(place[0], envelope) for envelope in page.envelopes]
    except NotAnEnvelope as error:
        raise OwnerAway(f"the owner of {place[0]} answers nonsense: {error}") from error
