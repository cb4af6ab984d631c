"""What becomes of a delivery after an attempt. Pure: clock and randomness come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

JITTER = 0.2
LONGEST_PAUSE = timedelta(hours=24)
_GONE = 410

State = Literal["pending", "delivered", "dead"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try came to. `status` is None where no answer came; `error` says why it failed."""

    started_at: datetime
    took: timedelta
    status: int | None = None
    error: str | None = None
    excerpt: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`pause`: until the next try, for a pending delivery. `disable`: the partner wants no more."""

    state: State
    pause: timedelta = timedelta()
    disable: bool = False


def verdict(attempt: Attempt, n: int, schedule: Sequence[timedelta], chance: float) -> Verdict:
    """After the `n`-th attempt (from 1). `chance` in [0, 1) spreads retries by ±20 %."""
    if attempt.error is None:
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
    if header.strip().isdecimal():
        return timedelta(seconds=min(int(header), LONGEST_PAUSE.total_seconds()))
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(timedelta(), until.replace(tzinfo=until.tzinfo or UTC) - now)
