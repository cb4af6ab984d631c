"""Spares a service that does not answer: after a few failures nobody asks it for a while."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress


class Circuit:
    """Opens after `threshold` failures in a row and lets one through every `cooling` seconds.

    Whoever comes while that one asks waits for what it learns, for `patience` seconds: else of all
    who come together once the service is back the first alone would be answered.
    """

    def __init__(
        self,
        *,
        threshold: int = 5,
        cooling: float = 1.0,
        patience: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._cooling = cooling
        self._patience = patience
        self._clock = clock
        self._failures = 0
        self._tried_at = 0.0
        self._learnt = asyncio.Event()
        self._learnt.set()

    async def refuses(self) -> bool:
        """Whether not to ask now. Not refusing, while open, is the one attempt of this period."""
        if not self._is_open:
            return False
        if self._clock() - self._tried_at >= self._cooling:
            self._tried_at = self._clock()
            self._learnt.clear()
            return False
        # One that was cancelled never tells: then the next period's does.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await self._learnt.wait()
        return self._is_open

    def succeeded(self) -> None:
        self._failures = 0
        self._learnt.set()

    def failed(self) -> None:
        self._failures += 1
        self._tried_at = self._clock()
        self._learnt.set()

    @property
    def _is_open(self) -> bool:
        return self._failures >= self._threshold
