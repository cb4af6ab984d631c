"""Spares a service that does not answer: after a few failures nobody asks it for a while."""

import time
from collections.abc import Callable


class Circuit:
    """Opens after `threshold` failures in a row and lets one through every `cooling` seconds."""

    def __init__(
        self,
        *,
        threshold: int = 5,
        cooling: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._cooling = cooling
        self._clock = clock
        self._failures = 0
        self._tried_at = 0.0

    def refuses(self) -> bool:
        """Whether not to ask now. Not refusing, while open, is the one attempt of this period."""
        if self._failures < self._threshold:
            return False
        if self._clock() - self._tried_at < self._cooling:
            return True
        self._tried_at = self._clock()
        return False

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._tried_at = self._clock()
