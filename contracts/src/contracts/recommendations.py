"""What recommender makes of a poll, as others may know it: a state, made anew at any time."""

from typing import ClassVar
from uuid import UUID

from contracts.fact import Instant, Span, State, Value
from contracts.polls import Basis


class LeadingTime(Value):
    """A recommended meeting `[start, end)`, which may begin until `latest_start`.

    `available` counts people and includes `if_needed` and `preferred`; `weight` is their total.
    """

    start: Instant
    end: Instant
    latest_start: Instant
    available: int
    weight: int
    if_needed: int
    preferred: int
    meets_rules: bool


class Regret(Value):
    """A poll is decided for `start`, and `people` more could come at `better`."""

    start: Instant
    better: Span
    people: int


class PollRecommendations(State):
    """The best times of a poll as of `as_of`, best first, at most three. Key: poll id.

    `finalise` is the start at which the poll's `auto_finalise` rule asks for the poll to be
    finalised, None as long as it does not. `regret` is there while a decided poll has a time that
    is better by so many people that it is worth saying. `version` grows with the sequences in
    `as_of`.
    """

    TYPE: ClassVar[str] = "commontime.poll.recommendations.v1"

    poll_id: UUID
    as_of: Basis
    total: int
    answered: int
    leading: tuple[LeadingTime, ...]
    finalise: Instant | None = None
    regret: Regret | None = None
