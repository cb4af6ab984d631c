"""The answer of the ranking: plain values, ready to be rendered.

Instants and lengths are integer microseconds, instants in UTC. Lists of ids are ordered by id.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from recommender.ranking.times import Span

EmptyReason = Literal["window_too_short", "no_schedules", "no_common_time", "rules_unmet"]
Format = Literal["windows", "slots"]
Reason = Literal["most_available", "everyone_who_answered", "everyone_prefers_it"]


class Score(NamedTuple):
    """What recommendations are compared by: weight first, then fewer if needed, more preferred."""

    available: int
    weight: int
    if_needed: int
    preferred: int


class Recommendation(NamedTuple):
    """One suggested meeting `[start, end)` and who could come.

    `latest_start` ends the longest closed range of starts around `start` in which everybody in
    `available` can come; `window` spans from the first of those starts to the end of the last.
    `available` includes `preferred` and `if_needed`. Whoever answered and cannot come is in
    `unavailable`; `attendance.missing` says which of them are free in a part of it. `unmet` names
    the rules that it breaks, see `rules.unmet`.
    """

    rank: int
    tier: int
    start: int
    end: int
    window: Span
    latest_start: int
    available: tuple[str, ...]
    preferred: tuple[str, ...]
    if_needed: tuple[str, ...]
    unavailable: tuple[str, ...]
    unanswered: tuple[str, ...]
    unmet: tuple[str, ...]
    score: Score
    reasons: tuple[Reason, ...]

    @property
    def meets_rules(self) -> bool:
        """Whether it is as the organiser demands."""
        return not self.unmet

    @property
    def guaranteed(self) -> int:
        """How many can come by the answers so far."""
        return len(self.available)

    @property
    def possible(self) -> int:
        """How many could come if everyone who has not answered can."""
        return len(self.available) + len(self.unanswered)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best recommendations in order; when there are none, `empty_reason` says why."""

    duration: int
    participants: int
    answered: int
    recommendations: tuple[Recommendation, ...]
    empty_reason: EmptyReason | None
