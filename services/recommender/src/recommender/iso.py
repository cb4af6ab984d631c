"""Instants and lengths as answers have them: text of ISO 8601."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from chassis import bodies
from recommender.ranking.times import Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REMEMBERED = 10_000
"""One answer may show the same few instants to thousands of people."""


@lru_cache(_REMEMBERED)
def iso_instant(microseconds: int) -> str:
    """RFC 3339 in UTC, with a fraction only where there is one."""
    instant = _EPOCH + timedelta(microseconds=microseconds)
    return instant.isoformat().removesuffix("+00:00") + "Z"


def iso_duration(microseconds: int) -> str:
    """As in `PT1H30M`."""
    return bodies.iso_duration(timedelta(microseconds=microseconds))


def span_in_iso(span: Span) -> dict[str, str]:
    return {"start": iso_instant(span[0]), "end": iso_instant(span[1])}
