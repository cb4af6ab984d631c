"""The polls asked about lately, read once per change: who may see what, and when they can meet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from contracts.fact import Span
from contracts.known_poll import KnownPoll
from recommender.ranking.rules import GroupRule, Rules
from recommender.ranking.times import PollTimes, WallClock
from recommender.recently_used import RecentlyUsed

_KEPT = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Poll:
    """A poll as of `sequence` of its facts."""

    known: KnownPoll
    sequence: int

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


class KnownPolls:
    def __init__(self) -> None:
        self._polls: RecentlyUsed[UUID, Poll] = RecentlyUsed(_KEPT)

    def sequence_of(self, poll_id: UUID) -> int | None:
        """As of which sequence the poll is at hand, so that it need not be read."""
        poll = self._polls.get(poll_id)
        return None if poll is None else poll.sequence

    def resolve(self, poll_id: UUID, document: Any, sequence: int) -> Poll | None:
        """The poll as of `sequence`, from its stored document or, where that is None, at hand.

        None when it was at hand and no longer is.
        """
        if document is None:
            poll = self._polls.get(poll_id)
            return poll if poll is not None and poll.sequence == sequence else None
        poll = Poll(KnownPoll.model_validate(document), sequence)
        self._polls.put(poll_id, poll)
        return poll


def microseconds(instant: datetime) -> int:
    """Since 1970, in UTC: the form in which instants are ranked."""
    return (instant - _EPOCH) // _MICROSECOND


def _span(span: Span) -> tuple[int, int]:
    return microseconds(span.start), microseconds(span.end)
