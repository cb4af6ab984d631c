"""A poll as it is worked with: who may see what, and when they can meet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from contracts.fact import Span
from contracts.known_poll import KnownPoll
from recommender.ranking.rules import GroupRule, Rules
from recommender.ranking.times import PollTimes, WallClock

_BYTES = 10_000
_BYTES_PER_SLOT = 700
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Poll:
    """A poll as of `sequence` of its facts."""

    known: KnownPoll
    sequence: int

    @property
    def nbytes(self) -> int:
        """About as much memory as it takes, as measured."""
        return _BYTES + _BYTES_PER_SLOT * len(self.known.details.slots)

    @cached_property
    def times(self) -> PollTimes:
        details = self.known.details
        start, end = _span(details.window)
        buffer = details.rules.buffer
        return PollTimes(
            window=(start, end),
            slots=tuple(_span(slot) for slot in details.slots),
            duration=details.duration // _MICROSECOND,
            step=details.step // _MICROSECOND,
            clock=WallClock.of(details.timezone, start, end),
            before=buffer.before // _MICROSECOND,
            after=buffer.after // _MICROSECOND,
        )

    @cached_property
    def rules(self) -> Rules:
        rules = self.known.details.rules
        return Rules(
            rules.min_available or 0,
            rules.min_percentage or 0,
            tuple(GroupRule(group.name, group.at_least) for group in rules.groups),
        )


def microseconds(instant: datetime) -> int:
    """Since 1970, in UTC: the form in which instants are ranked."""
    return (instant - _EPOCH) // _MICROSECOND


def _span(span: Span) -> tuple[int, int]:
    return microseconds(span.start), microseconds(span.end)
