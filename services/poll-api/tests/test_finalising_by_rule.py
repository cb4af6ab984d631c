"""When a poll finalises itself: its rule is in force, and nothing happened since it was met."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.fact import Span
from contracts.polls import (
    AutoFinalise,
    Basis,
    PollCancelled,
    PollClosed,
    PollDetails,
    PollFact,
    PollFinalised,
    PollOpened,
    PollReopened,
    PollRevised,
    Rules,
)
from eventstore.testing import Spec
from poll_api import decider
from poll_api.decider import Command, FinaliseByRule, State

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
WINDOW = Span(start=MONDAY, end=MONDAY + 9 * HOUR)
POLL, EVENT, OTHER_EVENT = UUID(int=1), UUID(int=2), UUID(int=3)
RULES = Rules(min_available=3, auto_finalise=AutoFinalise(when="rules_met"))
DETAILS = PollDetails(
    title="Planning", timezone="UTC", window=WINDOW, duration=HOUR, slots=(WINDOW,), rules=RULES
)
UNARMED = DETAILS.model_copy(update={"rules": Rules(min_available=3)})

poll: Spec[State, Command, PollFact] = Spec(decider)
closed = PollClosed(poll_id=POLL, reason="manual", closed_at=NOW)
closed_by_deadline = PollClosed(poll_id=POLL, reason="deadline", closed_at=NOW)
reopened = PollReopened(poll_id=POLL, deadline=None, reopened_at=NOW)
cancelled = PollCancelled(poll_id=POLL, cancelled_at=NOW)


def opened(details: PollDetails = DETAILS) -> PollOpened:
    return PollOpened(
        poll_id=POLL,
        details=details,
        organiser_hash="a" * 64,
        answer_hash="b" * 64,
        opened_at=NOW,
    )


def revised(details: PollDetails) -> PollRevised:
    return PollRevised(poll_id=POLL, details=details, revised_at=NOW)


def finalised(
    polls: int = 1, start: datetime = MONDAY, *, automatic: bool = True, event_id: UUID = EVENT
) -> PollFinalised:
    return PollFinalised(
        poll_id=POLL,
        start=start,
        end=start + HOUR,
        event_id=event_id,
        basis=Basis(polls=polls, schedules=4),
        finalised_at=NOW,
        automatic=automatic,
    )


def by_rule(
    polls: int = 1,
    start: datetime = MONDAY,
    *,
    schedules: int | None = 4,
    arrived: int = 4,
    now: datetime = NOW,
    event_id: UUID = EVENT,
) -> FinaliseByRule:
    """As recommended after so many facts of the poll and of its schedules."""
    as_of = Basis(polls=polls, schedules=schedules)
    return FinaliseByRule(start, event_id, as_of, arrived, now)


def test_an_open_poll_is_finalised_on_what_was_recommended() -> None:
    poll.given(opened()).when(by_rule()).then(finalised())


@pytest.mark.parametrize("how", [closed, closed_by_deadline])
def test_a_closed_poll_is_finalised_too(how: PollClosed) -> None:
    poll.given(opened(), how).when(by_rule(2)).then(finalised(2))


def test_a_poll_that_closed_since_waits_for_recommendations_that_know_it() -> None:
    poll.given(opened(), closed_by_deadline).when(by_rule(1)).then_nothing()


def test_without_a_rule_nothing_happens_by_itself() -> None:
    poll.given(opened(UNARMED)).when(by_rule()).then_nothing()
    poll.given(opened(), revised(UNARMED)).when(by_rule(2)).then_nothing()


@pytest.mark.parametrize("polls", [1, 3])
def test_recommendations_for_another_version_count_for_nothing(polls: int) -> None:
    moved = DETAILS.model_copy(update={"title": "Retro"})
    poll.given(opened(), revised(moved)).when(by_rule(polls)).then_nothing()


def test_recommendations_that_do_not_know_the_last_schedule_count_for_nothing() -> None:
    poll.given(opened()).when(by_rule(schedules=4, arrived=5)).then_nothing()
    poll.given(opened()).when(by_rule(schedules=None, arrived=0)).then_nothing()


def test_recommendations_may_know_schedules_that_have_not_arrived_here() -> None:
    poll.given(opened()).when(by_rule(schedules=4, arrived=3)).then(finalised())


@pytest.mark.parametrize(
    ("before", "version"),
    [((finalised(),), 2), ((finalised(automatic=False),), 2), ((cancelled,), 2)],
)
def test_what_is_decided_stays_decided(before: tuple[PollFact, ...], version: int) -> None:
    for start in (MONDAY, MONDAY + HOUR):
        poll.given(opened(), *before).when(by_rule(version, start)).then_nothing()


def test_the_same_recommendations_again_change_nothing() -> None:
    poll.given(opened(), finalised()).when(by_rule(1)).then_nothing()


def test_reopening_disarms_and_a_revision_arms_again() -> None:
    disarmed = (opened(), finalised(), reopened)
    poll.given(*disarmed).when(by_rule(3)).then_nothing()
    armed = poll.given(*disarmed, revised(DETAILS))
    armed.when(by_rule(4, MONDAY + HOUR, event_id=OTHER_EVENT)).then(finalised(4, MONDAY + HOUR))


def test_a_start_that_has_come_is_too_late() -> None:
    poll.given(opened()).when(by_rule(now=MONDAY)).then_nothing()
    just_before = MONDAY - timedelta(microseconds=1)
    assert decider.decide(decider.evolve(decider.initial(), opened()), by_rule(now=just_before))


@pytest.mark.parametrize(
    "start",
    [
        WINDOW.start - timedelta(microseconds=1),
        WINDOW.end - HOUR + timedelta(microseconds=1),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_a_meeting_that_leaves_the_window_is_not_decided_on(start: datetime) -> None:
    poll.given(opened()).when(by_rule(start=start)).then_nothing()


def test_a_poll_that_is_not_known_cannot_be_decided() -> None:
    poll.given().when(by_rule()).then_nothing()
