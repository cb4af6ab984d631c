"""What becomes of a delivery after an attempt. Pure: clock and randomness come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import inf
from typing import Literal

TIMEOUT = "timeout"
JITTER = 0.2
LONGEST_PAUSE = timedelta(hours=24)
_DIGITS = 10
_GONE = 410
_SLOWER = (429, 502, 503, 504)
_LATER = (429, 503)

State = Literal["pending", "delivered", "dead"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try came to. `status` is None where no answer came; `error` says why it failed.

    `ours`: it failed before the partner had any part in it.
    """

    started_at: datetime
    took: timedelta
    status: int | None = None
    error: str | None = None
    excerpt: str = ""
    retry_after: timedelta | None = None
    ours: bool = False

    @property
    def failed(self) -> bool:
        return self.error is not None

    @property
    def timed_out(self) -> bool:
        return self.error == TIMEOUT

    @property
    def asks_for_less(self) -> bool:
        """Whether the partner, or what stands before it, has more to do than it can."""
        return self.status in _SLOWER

    @property
    def asked_pause(self) -> timedelta | None:
        """How long the partner wants nothing at all: both answers are about who asks (RFC 9110
        §15.6.4, RFC 6585 §4), not about the one message."""
        return self.retry_after if self.status in _LATER else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`pause`: until the next try, for a pending delivery. `disable`: the partner wants no more."""

    state: State
    pause: timedelta = timedelta()
    disable: bool = False


def verdict(attempt: Attempt, n: int, schedule: Sequence[timedelta], chance: float) -> Verdict:
    """After the `n`-th attempt of its round, from 1.

    `chance` in [0, 1) spreads retries by ±20 %.
    """
    if not attempt.failed:
        return Verdict("delivered")
    if attempt.status == _GONE:
        return Verdict("dead", disable=True)
    if n > len(schedule):
        return Verdict("dead")
    pause = schedule[n - 1] * (1 + JITTER * (2 * chance - 1))
    if attempt.retry_after is not None:
        pause = max(pause, min(attempt.retry_after, LONGEST_PAUSE))
    return Verdict("pending", pause)


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """The `Retry-After` header, in seconds or as a date (RFC 9110 §10.2.3); None when senseless."""
    if header is None:
        return None
    digits = header.strip()
    if digits.isdecimal():
        seconds = int(digits) if len(digits) < _DIGITS else inf
        return timedelta(seconds=min(seconds, LONGEST_PAUSE.total_seconds()))
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(timedelta(), until.replace(tzinfo=until.tzinfo or UTC) - now)
