"""The clock as a parameter, so that loops and handlers can be told the time in tests."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current instant, in UTC."""
    return datetime.now(UTC)
