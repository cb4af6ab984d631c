"""From what a clock on the wall shows to instants, decided once for gaps and folds.

A time that a zone skips has no instant; one that it repeats means its first occurrence.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


class NoSuchLocalTime(ValueError):
    """The zone's clocks skip that time."""


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a time without offset in `zone`. Raises `NoSuchLocalTime` in a gap."""
    first, second = _both_readings(local, zone)
    if first > second:
        raise NoSuchLocalTime
    return first


def instant_or_next(local: datetime, zone: ZoneInfo) -> datetime:
    """The same, but from a time in a gap to the instant at which the clocks jump over it."""
    first, second = _both_readings(local, zone)
    return _jump_between(second, first, zone) if first > second else first


def _both_readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Read with the offset before and the one after a change: the former is later in a gap."""
    before, after = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return before, after


def _jump_between(earlier: datetime, later: datetime, zone: ZoneInfo) -> datetime:
    offset_after = later.astimezone(zone).utcoffset()
    while later - earlier > timedelta(microseconds=1):
        middle = earlier + (later - earlier) // 2
        if middle.astimezone(zone).utcoffset() == offset_after:
            later = middle
        else:
            earlier = middle
    return later
