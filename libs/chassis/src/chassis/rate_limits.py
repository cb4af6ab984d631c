"""How often something may happen: a token bucket per key, in bounded memory.

A bucket holds `burst` tokens, is full at first and fills up at a steady rate; what happens takes
one token. Nothing here looks at a clock: the time is passed in, in seconds of any one clock.
"""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator

OFF = "off"
MOST_KEYS = 20_000
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FORM = re.compile(r"([1-9]\d{0,6})/([smhd])(?: burst ([1-9]\d{0,6}))?")


@dataclass(frozen=True)
class Allowance:
    """At most `burst` at once, and `per_second` in the long run."""

    per_second: float
    burst: int

    @property
    def fills_up_in(self) -> float:
        """Seconds from an empty bucket to a full one."""
        return self.burst / self.per_second


def allowance(written: str) -> Allowance | None:
    """Read `50/s burst 500`, `5/m`, `off`. Without `burst` as many as in one second, minute, …

    None stands for no limit. Raises ValueError for anything else.
    """
    if written in (OFF, "0"):
        return None
    found = _FORM.fullmatch(written)
    if found is None:
        raise ValueError("must be like `50/s burst 500`, `5/m` (s, m, h or d), or `off`")
    many, unit, burst = found.groups()
    return Allowance(int(many) / _SECONDS[unit], int(burst or many))


def _checked(value: object) -> str:
    written = str(value).strip()
    allowance(written)
    return written


RateLimit = Annotated[str, BeforeValidator(_checked)]
"""A setting that `allowance` reads."""


class Taken(NamedTuple):
    """What became of one request for a token.

    `wait` is 0 if there was one, else the seconds until there is. `left` are the tokens that are
    there now, and the bucket is full again after `full_in` seconds.
    """

    wait: float
    left: int
    full_in: float


class TokenBuckets:
    """One bucket per key. Of more than `most_keys` keys the idlest is forgotten: it starts full."""

    def __init__(self, allowed: Allowance, *, most_keys: int = MOST_KEYS) -> None:
        self._interval = 1 / allowed.per_second
        self._depth = allowed.fills_up_in
        self._most_keys = most_keys
        # The instant at which the key's bucket is full again: all that a bucket has to remember.
        # The key that was used last comes last.
        self._full_at: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: Hashable, now: float) -> Taken:
        """Take a token out of the key's bucket if one is there; a refusal costs nothing."""
        full_in = max(self._full_at.pop(key, now) - now, 0.0)
        after = full_in + self._interval
        # A token is a float's rounding error away from being there: count it as there.
        wait = max(after - self._depth - 1e-9 * self._depth, 0.0)
        if not wait:
            full_in = after
        self._full_at[key] = now + full_in
        if len(self._full_at) > self._most_keys:
            del self._full_at[next(iter(self._full_at))]
        left = int((self._depth - full_in) / self._interval + 1e-6)
        return Taken(wait, max(left, 0), full_in)
