"""How often an endpoint may be sent to. Pure: the time comes in, in seconds of any one clock.

A token bucket whose rate halves when the partner asks for less, and recovers over a minute of
successes.
"""

# What was not used for so long may be sent at once.
BURST_S = 0.2
RECOVERY_S = 60.0
# However often it was halved, an endpoint is sent to as often as this, or as its limit says.
SLOWEST = 1.0


class Rate:
    """`limit` is in attempts per second. A new one has its whole burst to give."""

    def __init__(self, limit: float, now: float) -> None:
        self._limit: float = limit
        self._rate: float = limit
        self._tokens = self._burst
        self._counted_at = now
        self._slowed_at = float("-inf")
        self._raised_at = now

    def room(self, now: float) -> int:
        """How many attempts may begin now."""
        self._count(now)
        return int(self._tokens)

    def take(self, attempts: int, now: float) -> None:
        self._count(now)
        self._tokens -= attempts

    def pause(self, now: float) -> float:
        """Seconds until one more attempt may begin; 0 if it may now."""
        self._count(now)
        return max(0.0, (1 - self._tokens) / self._rate)

    def limited_to(self, limit: float, now: float) -> None:
        """The owner may have changed it; how far it was slowed down stays."""
        if limit != self._limit:
            self._count(now)
            self._rate = max(min(SLOWEST, limit), self._rate * limit / self._limit)
            self._limit = limit

    def slow_down(self, begun: float, now: float) -> None:
        """Halve it, for an attempt that began at `begun`.

        What was under way when it was last halved tells nothing new: ten in flight that are all
        refused halve it once.
        """
        if begun >= self._slowed_at:
            self._count(now)
            self._rate = max(min(SLOWEST, self._limit), self._rate / 2)
            self._slowed_at = self._raised_at = now

    def speed_up(self, now: float) -> None:
        """After a success; a pause between successes counts as no more than a second."""
        self._count(now)
        gained = self._limit * min(1.0, now - self._raised_at) / RECOVERY_S
        self._rate, self._raised_at = min(self._limit, self._rate + gained), now

    def at_ease(self, now: float) -> bool:
        """Whether it is as good as a new one."""
        self._count(now)
        return self._rate == self._limit and self._tokens == self._burst

    @property
    def _burst(self) -> float:
        return max(1.0, self._rate * BURST_S)

    def _count(self, now: float) -> None:
        """Tokens may be owed where the rate has just become lower."""
        gained = self._rate * (now - self._counted_at)
        self._tokens, self._counted_at = min(self._burst, self._tokens + gained), now
