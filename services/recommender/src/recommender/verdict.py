"""What others are told of a poll: its best times, and whether it asks to be finalised."""

from datetime import UTC, datetime, timedelta

from contracts.fact import Instant
from contracts.polls import AutoFinalise, Basis
from contracts.recommendations import LeadingTime, PollRecommendations
from recommender.indexes import Current
from recommender.known_polls import Poll
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import Ranking, Recommendation
from recommender.ranking.rules import demands_anything

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 3


def state_of(poll: Poll, current: Current) -> PollRecommendations:
    """The poll's state as of the sequences of `poll` and `current`."""
    ranking = rank(current.index, rules=poll.rules, limit=_SHOWN)
    decides = _decides(poll, current, ranking)
    return PollRecommendations(
        version=poll.sequence + current.sequence,
        poll_id=poll.known.poll_id,
        as_of=Basis(polls=poll.sequence, schedules=current.sequence),
        total=ranking.participants,
        answered=ranking.answered,
        leading=tuple(_leading(each) for each in ranking.recommendations),
        finalise=_instant(ranking.recommendations[0].start) if decides else None,
    )


def _decides(poll: Poll, current: Current, ranking: Ranking) -> bool:
    """Whether the poll's own rule asks for the leading time to be taken."""
    rule = poll.known.details.rules.auto_finalise
    if rule is None or poll.known.state not in ("open", "closed"):
        return False
    if not ranking.recommendations or not ranking.recommendations[0].meets_rules:
        return False
    if rule.when == "rules_met":
        return demands_anything(current.index, poll.rules)
    return _everyone_answered(rule, ranking)


def _everyone_answered(rule: AutoFinalise, ranking: Ranking) -> bool:
    return (
        rule.expected is not None
        and ranking.participants >= rule.expected
        and ranking.answered == ranking.participants
    )


def _leading(each: Recommendation) -> LeadingTime:
    return LeadingTime(
        start=_instant(each.start),
        end=_instant(each.end),
        latest_start=_instant(each.latest_start),
        available=each.score.available,
        weight=each.score.weight,
        if_needed=each.score.if_needed,
        preferred=each.score.preferred,
        meets_rules=each.meets_rules,
    )


def _instant(microseconds: int) -> Instant:
    return _EPOCH + timedelta(microseconds=microseconds)
