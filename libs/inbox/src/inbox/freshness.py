"""Whether what a caller needs is already here, and how to get it here if it is not."""

from collections.abc import Callable

from inbox import seen
from inbox.outcomes import Behind, NotYet, OwnerAway
from inbox.refill import Refiller
from inbox.sources import Place, Pool
from inbox.waiting import Waiting

_PATIENCE = 0.3
"""Seconds in which Kafka usually delivers."""
_LOOK_AGAIN = 0.1
"""Seconds after which another replica may have taken it in."""
_NEGATIVE = 1.0
"""Seconds for which an owner's no is believed."""
_REMEMBERED = 10_000


class Freshness:
    def __init__(
        self, pool: Pool, refiller: Refiller, waiting: Waiting, clock: Callable[[], float]
    ) -> None:
        self._pool = pool
        self._refiller = refiller
        self._waiting = waiting
        self._clock = clock
        self._heads: dict[Place, tuple[float, int]] = {}

    async def seen(self, place: Place) -> int:
        """The sequence taken in last; 0 of what is not known."""
        async with self._pool.connection() as conn:
            return (await seen.read(conn, [place])).get(place, 0)

    async def at_least(self, place: Place, sequence: int) -> int:
        """Wait for Kafka, then ask the owner; return the sequence seen.

        Raises `Behind`, and of that `NotYet` where the owner has not come so far either.
        """
        current = await self._brought(place, sequence)
        return current if current >= sequence else await self._fetched(place, sequence)

    async def all_of(self, place: Place) -> int:
        """Fetch whatever the owner has by now; return the sequence seen. Raises `Behind`."""
        # Twice: the first answer may be to a question somebody asked a moment ago.
        await self._refill(place)
        head = await self._refill(place)
        if (current := await self.seen(place)) < head:
            raise Behind(f"{place[0]} has only got to {current}")
        return current

    async def ask(self, place: Place) -> bool:
        """Whether the place is known, to its owner if not to us. Raises `OwnerAway`.

        What an owner that is away has told a moment ago Kafka may still bring.
        """
        if await self.seen(place) > 0:
            return True
        if self._said_lately(place) == 0:
            return False
        try:
            head = await self._refiller.refill(place)
        except OwnerAway:
            if await self._brought(place, 1):
                return True
            raise
        if head == 0:
            self._remember(place, head)
        return await self.seen(place) > 0

    async def _brought(self, place: Place, sequence: int) -> int:
        """Give Kafka a moment to get the place that far; return how far it has come."""
        deadline = self._clock() + _PATIENCE
        while (current := await self.seen(place)) < sequence:
            left = deadline - self._clock()
            if left <= 0:
                break
            await self._waiting.moved(place, min(left, _LOOK_AGAIN))
        return current

    async def _fetched(self, place: Place, sequence: int) -> int:
        said = self._said_lately(place)
        if said is not None and said < sequence:
            raise NotYet(f"the owner had got to {said} a moment ago")
        # Twice: the first answer may be to a question somebody asked before the fact was there.
        await self._refill(place)
        if (current := await self.seen(place)) >= sequence:
            return current
        head = await self._refill(place)
        self._remember(place, head)
        if (current := await self.seen(place)) >= sequence:
            return current
        outcome = NotYet if head < sequence else Behind
        raise outcome(f"{place[0]} has only got to {current}")

    async def _refill(self, place: Place) -> int:
        try:
            return await self._refiller.refill(place)
        except OwnerAway as error:
            raise Behind(str(error)) from error

    def _said_lately(self, place: Place) -> int | None:
        """The head of the place by its owner, within the last second."""
        at, head = self._heads.get(place, (-_NEGATIVE, 0))
        return head if self._clock() - at < _NEGATIVE else None

    def _remember(self, place: Place, head: int) -> None:
        if len(self._heads) >= _REMEMBERED:
            self._heads.clear()
        self._heads[place] = (self._clock(), head)
