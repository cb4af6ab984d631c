"""Packs what ranks a start into one integer, so that comparing starts is comparing integers.

A score is `weight | LOW - if needed | preferred` from high bits to low: more weight beats all,
then fewer people who come only if needed, then more who prefer it. A change of one person's level
is an addition, so a running sum over the changes gives the score of every start.
"""

import numpy as np
from numpy.typing import NDArray

_BITS = 18  # 262,143 people, with an average weight of up to 100
_LOW = (1 << _BITS) - 1
BASE = _LOW << _BITS
"""The score of a start at which nobody can come."""
SOMEBODY = 1 << (2 * _BITS)
"""A score with a weight of at least one is never below this, one without always is."""
MET = 1 << 62
"""Added where all rules are kept, which beats everything else."""


def _tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    old, new = np.divmod(np.arange(16, dtype=np.int64), 4)
    arrival = (new > 0).astype(np.int64) - (old > 0)
    if_needed = (new == 1).astype(np.int64) - (old == 1)
    preferred = (new == 3).astype(np.int64) - (old == 3)
    return arrival << (2 * _BITS), preferred - (if_needed << _BITS)


_WEIGHT, _REST = _tables()


def delta(change: NDArray[np.uint8], weight: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """What each change adds to the score of the starts that follow it."""
    return _WEIGHT[change] * weight + _REST[change]


def weight_in(score: int) -> int:
    """The total weight of those who can come."""
    return (score & ~MET) >> (2 * _BITS)


def if_needed_in(score: int) -> int:
    """How many of them come only if needed."""
    return _LOW - (score >> _BITS & _LOW)


def preferred_in(score: int) -> int:
    """How many of them prefer it."""
    return score & _LOW
