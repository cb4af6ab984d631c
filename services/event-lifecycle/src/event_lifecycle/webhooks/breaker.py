"""When an endpoint is left alone because it fails, and for how long. Pure: the time comes in.

A breaker is closed, or open until an instant after which one attempt is a probe: its success
closes the breaker, its failure opens it again for twice as long. Open or not, and how often in a
row, is in the endpoint's row for all processes to see; the outcomes that lead there are counted
by each process for itself.
"""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta

# Outcomes are counted by slices of the window: its memory is the same at any rate.
_SLICES = 60


@dataclass(frozen=True)
class Tolerance:
    """Opens at a `share` of failures among `least` or more within `window_s`.

    Or at so many `timeouts` in a row: each of those has held a slot for as long as can be.
    """

    window_s: float = 60.0
    least: int = 10
    share: float = 0.7
    timeouts: int = 5
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=10)

    def pause(self, opened: int) -> timedelta:
        """How long it stays open the `opened`-th time in a row, from 1."""
        doublings = min(opened - 1, 32)
        return min(self.longest, self.first * 2**doublings)


@dataclass(frozen=True, slots=True)
class Held:
    """An endpoint is sent nothing for a `pause`. `opened`: how often in a row it failed so.

    0 where it did not fail, but asked for the pause.
    """

    opened: int
    pause: timedelta


@dataclass
class _Slice:
    """What was counted in one part of the window."""

    number: int
    attempts: int = 0
    failures: int = 0


class Breaker:
    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self._slices: deque[_Slice] = deque()
        self._timeouts = 0
        self._open = False

    def note(self, *, failed: bool, timed_out: bool, now: float) -> bool:
        """Count an attempt that was no probe; whether the breaker opens for it.

        What was still under way when it opened changes nothing.
        """
        if self._open:
            return False
        slice_ = self._slice(now)
        slice_.attempts += 1
        slice_.failures += failed
        self._timeouts = self._timeouts + 1 if timed_out else 0
        if self._too_many():
            self._slices.clear()
            self._timeouts = 0
            self._open = True
        return self._open

    def closed(self) -> None:
        """It is closed, as the endpoint's row says: counting begins anew if it was open."""
        self._open = False

    def at_ease(self, now: float) -> bool:
        """Whether it is as good as a new one."""
        self._forget(now)
        return not self._slices and not self._timeouts

    def _too_many(self) -> bool:
        limits = self._tolerance
        attempts = sum(one.attempts for one in self._slices)
        failures = sum(one.failures for one in self._slices)
        return self._timeouts >= limits.timeouts or (
            attempts >= limits.least and failures >= limits.share * attempts
        )

    def _slice(self, now: float) -> _Slice:
        self._forget(now)
        number = int(now / self._slice_s)
        if not self._slices or self._slices[-1].number != number:
            self._slices.append(_Slice(number))
        return self._slices[-1]

    def _forget(self, now: float) -> None:
        oldest = int(now / self._slice_s) - _SLICES
        while self._slices and self._slices[0].number <= oldest:
            self._slices.popleft()

    @property
    def _slice_s(self) -> float:
        return self._tolerance.window_s / _SLICES
