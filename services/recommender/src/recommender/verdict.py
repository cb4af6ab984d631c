"""What others are told of a poll: its best times, and what asks for a decision, or for another."""

from datetime import UTC, datetime, timedelta

from contracts.fact import Instant, Span
from contracts.polls import AutoFinalise, Basis
from contracts.recommendations import LeadingTime, PollRecommendations, Regret
from recommender.indexes import Current
from recommender.known_polls import Poll, microseconds
from recommender.ranking.index import PollIndex
from recommender.ranking.rank import rank
from recommender.ranking.recommendation import Ranking, Recommendation
from recommender.ranking.regretted import regretted
from recommender.ranking.rules import demands_anything

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 3


def state_of(
    poll: Poll, current: Current, *, now: datetime, regret_people: int
) -> PollRecommendations:
    """The poll's state as of the sequences of `poll` and `current`.

    It is regretted from `regret_people` more on who could come at another time.
    """
    ranking = rank(current.index, rules=poll.rules, limit=_SHOWN)
    return PollRecommendations(
        version=poll.sequence + current.sequence,
        poll_id=poll.known.poll_id,
        as_of=Basis(polls=poll.sequence, schedules=current.sequence),
        total=ranking.participants,
        answered=ranking.answered,
        leading=tuple(_leading(each) for each in ranking.recommendations),
        finalise=_finalise(poll, current.index, ranking, microseconds(now)),
        regret=regret_of(poll, current.index, now=now, people=regret_people),
    )


def regret_of(poll: Poll, index: PollIndex, *, now: datetime, people: int) -> Regret | None:
    """What the decided time loses to the best attended one, from so many `people` on."""
    decided = poll.known.finalised
    if decided is None:
        return None
    start, rules = microseconds(decided.start), poll.rules
    better = regretted(index, rules, start, now=microseconds(now), people=people)
    if better is None:
        return None
    span = Span(start=_instant(better.start), end=_instant(better.start + index.times.duration))
    return Regret(start=decided.start, better=span, people=better.people)


def _finalise(poll: Poll, index: PollIndex, ranking: Ranking, now: int) -> Instant | None:
    """The best time that is still to come, if the poll's own rule asks for it to be taken."""
    if not _decides(poll, index, ranking):
        return None
    best = ranking.recommendations[:1]
    if best and best[0].start <= now:
        best = rank(index, rules=poll.rules, limit=1, since=now + 1).recommendations
    return _instant(best[0].start) if best else None


def _decides(poll: Poll, index: PollIndex, ranking: Ranking) -> bool:
    """Whether the poll's own rule asks for the leading time to be taken."""
    rule = poll.known.details.rules.auto_finalise
    if rule is None or poll.known.state not in ("open", "closed"):
        return False
    if rule.when == "rules_met":
        return demands_anything(index, poll.rules)
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
