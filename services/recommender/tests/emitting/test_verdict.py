"""When a poll asks to be finalised: its own rule, the people, and a time that meets every rule."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.fact import Span
from contracts.known_poll import KnownPoll, PollState
from contracts.polls import AutoFinalise, Basis, GroupRule, PollFinalised, Rules
from contracts.recommendations import PollRecommendations, Regret
from recommender.indexes import Current
from recommender.known_polls import Poll, microseconds
from recommender.ranking.index import Person, PollIndex
from recommender.ranking.schedules import AVAILABLE, pack
from recommender.testing import START, details_of
from recommender.verdict import state_of

HOUR = 3_600_000_000


def someone(name: str, *hours: tuple[float, float], **standing: Any) -> Person:
    begin = microseconds(START)
    packed = pack((begin + int(a * HOUR), begin + int(b * HOUR), AVAILABLE) for a, b in hours)
    return Person(name, schedule=packed, **standing)


def unanswered(name: str) -> Person:
    return Person(name)


def told_of(
    rules: Rules,
    *people: Person,
    state: PollState = "open",
    now: datetime = START - timedelta(days=1),
    decided: float | None = None,
    regret_people: int = 1,
) -> PollRecommendations:
    """`decided` for a start in hours of the window."""
    known = KnownPoll(
        poll_id=uuid4(),
        state=state,
        details=details_of(rules=rules),
        organiser_hash="0" * 64,
        answer_hash="1" * 64,
    )
    if decided is not None:
        finalised = PollFinalised(
            poll_id=known.poll_id,
            start=START + timedelta(hours=decided),
            end=START + timedelta(hours=decided + 1),
            event_id=uuid4(),
            basis=Basis(polls=2),
            finalised_at=START - timedelta(days=2),
        )
        known = known.model_copy(update={"state": "finalised", "finalised": finalised})
    poll = Poll(known, 3)
    current = Current(PollIndex(poll.times, people), 7)
    return state_of(poll, current, now=now, regret_people=regret_people)


def asks(rules: Rules, *people: Person, state: PollState = "open") -> bool:
    told = told_of(rules, *people, state=state)
    assert told.version == 10
    if told.finalise is not None:
        assert told.finalise == told.leading[0].start
        assert told.leading[0].meets_rules
    return told.finalise is not None


def everyone(expected: int | None, **rules: Any) -> Rules:
    return Rules(auto_finalise=AutoFinalise(when="everyone_answered", expected=expected), **rules)


def met(**rules: Any) -> Rules:
    return Rules(auto_finalise=AutoFinalise(when="rules_met"), **rules)


ANN, BEN = someone("ann", (0, 2)), someone("ben", (1, 3))


def test_everyone_is_as_many_as_were_expected_and_all_who_joined() -> None:
    assert asks(everyone(2), ANN, BEN)
    assert asks(everyone(1), ANN, BEN)
    assert not asks(everyone(3), ANN, BEN)
    assert not asks(everyone(2), ANN, BEN, unanswered("cleo"))
    assert not asks(everyone(None), ANN, BEN)


def test_rules_are_met_by_the_leading_time_and_there_is_at_least_one() -> None:
    assert asks(met(min_available=2), ANN, BEN)
    assert not asks(met(min_available=3), ANN, BEN)
    assert not asks(met(), ANN, BEN)
    assert asks(met(), ANN, someone("ben", (1, 3), required=True))
    assert not asks(met(), ANN, someone("ben", (5, 5.5), required=True))
    group = GroupRule(name="team", at_least=1)
    assert asks(met(groups=(group,)), someone("ann", (0, 2), groups=("team",)))


def test_everyone_answered_still_needs_a_time_that_meets_the_rules() -> None:
    assert not asks(everyone(2, min_available=3), ANN, BEN)
    assert not asks(everyone(1), someone("ann", (0, 0.5)))


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_poll_that_is_not_decided_asks(state: PollState) -> None:
    assert asks(everyone(2), ANN, BEN, state=state)


@pytest.mark.parametrize("state", ["finalised", "cancelled"])
def test_a_poll_that_is_decided_asks_no_more(state: PollState) -> None:
    assert not asks(everyone(2), ANN, BEN, state=state)


def test_without_the_rule_nothing_is_asked() -> None:
    assert not asks(Rules(min_available=1), ANN, BEN)


def test_a_time_that_is_past_does_not_keep_a_poll_from_being_decided() -> None:
    cem = someone("cem", (0, 2), (4, 6))
    later = START + timedelta(hours=4)
    ends = START + timedelta(minutes=75)
    told = told_of(met(min_available=1), cem, now=ends)
    assert (told.leading[0].start, told.finalise) == (START, later)
    soon = told_of(met(min_available=1), cem, now=START + timedelta(minutes=20))
    assert soon.finalise == START + timedelta(minutes=30)
    assert told_of(met(min_available=1), ANN, now=START + timedelta(hours=5)).finalise is None
    assert told_of(everyone(1), cem, now=ends).finalise == later


def test_a_decision_is_regretted_while_more_people_could_come_at_another_time() -> None:
    better = Span(start=START + timedelta(hours=1), end=START + timedelta(hours=2))
    told = told_of(Rules(), ANN, BEN, decided=0)
    assert told.regret == Regret(start=START, better=better, people=1)
    assert told.finalise is None
    assert told_of(Rules(), ANN, BEN, decided=0, regret_people=2).regret is None
    assert told_of(Rules(), ANN, BEN, decided=1).regret is None
    assert told_of(Rules(), ANN, BEN, decided=0, now=START).regret is None


@pytest.mark.parametrize("state", ["open", "closed", "cancelled"])
def test_what_is_not_decided_is_not_regretted(state: PollState) -> None:
    assert told_of(Rules(), ANN, BEN, state=state).regret is None
