from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.fact import Span
from contracts.polls import (
    Basis,
    PollCancelled,
    PollClosed,
    PollDetails,
    PollFact,
    PollFinalised,
    PollOpened,
    PollReopened,
    PollRevised,
    Visibility,
)
from eventstore.testing import Spec
from poll_api import decider
from poll_api.decider import (
    AlreadyCancelled,
    AlreadyFinalised,
    BasisAhead,
    CancelPoll,
    ClosePoll,
    Command,
    EventStarted,
    FinalisePoll,
    NoSuchPoll,
    OpenPoll,
    OutsideWindow,
    ReopenPoll,
    RevisePoll,
    State,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
WINDOW = Span(start=MONDAY, end=MONDAY + 9 * HOUR)
ARRIVED = 4
POLL, EVENT, OTHER_EVENT = UUID(int=1), UUID(int=2), UUID(int=3)
ORGANISER, ANSWER = "a" * 64, "b" * 64
DETAILS = PollDetails(
    title="Planning", timezone="UTC", window=WINDOW, duration=HOUR, slots=(WINDOW,)
)

poll: Spec[State, Command, PollFact] = Spec(decider)
opened = PollOpened(
    poll_id=POLL, details=DETAILS, organiser_hash=ORGANISER, answer_hash=ANSWER, opened_at=NOW
)
closed = PollClosed(poll_id=POLL, reason="manual", closed_at=NOW)
closed_by_deadline = PollClosed(poll_id=POLL, reason="deadline", closed_at=NOW)
reopened = PollReopened(poll_id=POLL, deadline=None, reopened_at=NOW)
cancelled = PollCancelled(poll_id=POLL, cancelled_at=NOW)


def finalised(
    start: datetime = MONDAY, *, basis: Basis | None = None, event_id: UUID = EVENT
) -> PollFinalised:
    return PollFinalised(
        poll_id=POLL,
        start=start,
        end=start + HOUR,
        event_id=event_id,
        basis=basis or Basis(polls=1, schedules=ARRIVED),
        finalised_at=NOW,
    )


def finalise(
    start: datetime = MONDAY, *, as_of: Basis | None = None, event_id: UUID = EVENT
) -> FinalisePoll:
    return FinalisePoll(start, event_id, as_of, ARRIVED, NOW)


def revised(**changes: object) -> PollRevised:
    details = DETAILS.model_copy(update=changes)
    return PollRevised(poll_id=POLL, details=details, revised_at=NOW)


def revise(**changes: object) -> RevisePoll:
    return RevisePoll(details=DETAILS.model_copy(update=changes), now=NOW)


OPENING = OpenPoll(
    poll_id=POLL, details=DETAILS, organiser_hash=ORGANISER, answer_hash=ANSWER, now=NOW
)


def test_a_poll_is_opened_with_its_details_and_hashes() -> None:
    poll.given().when(OPENING).then(opened)


def test_opening_an_opened_poll_changes_nothing() -> None:
    poll.given(opened).when(OPENING).then_nothing()


@pytest.mark.parametrize(
    "command", [revise(), ClosePoll(NOW), ReopenPoll(NOW), finalise(), CancelPoll(NOW)]
)
def test_nothing_happens_to_a_poll_that_does_not_exist(command: Command) -> None:
    poll.given().when(command).then_rejected(NoSuchPoll)


def test_a_revision_carries_the_details_as_they_are_from_now_on() -> None:
    poll.given(opened).when(revise(title="Retro")).then(revised(title="Retro"))


def test_an_identical_revision_changes_nothing() -> None:
    poll.given(opened).when(revise()).then_nothing()
    poll.given(opened, revised(title="Retro")).when(revise(title="Retro")).then_nothing()


def test_a_closed_poll_can_be_revised() -> None:
    poll.given(opened, closed).when(revise(title="Retro")).then(revised(title="Retro"))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Retro"},
        {"description": "Bring numbers"},
        {"access": "public"},
        {"visibility": Visibility(results="organiser")},
    ],
)
def test_what_leaves_the_decision_can_be_revised_after_it(changes: dict[str, object]) -> None:
    poll.given(opened, finalised()).when(revise(**changes)).then(revised(**changes))


def test_what_was_decided_upon_cannot_be_revised_after_the_decision() -> None:
    poll.given(opened, finalised()).when(revise(duration=2 * HOUR)).then_rejected(AlreadyFinalised)


def test_an_identical_revision_after_the_decision_changes_nothing() -> None:
    poll.given(opened, finalised()).when(revise()).then_nothing()


def test_an_open_poll_is_closed_by_hand() -> None:
    poll.given(opened).when(ClosePoll(NOW)).then(closed)


@pytest.mark.parametrize("how", [closed, closed_by_deadline])
def test_closing_a_closed_poll_changes_nothing(how: PollClosed) -> None:
    poll.given(opened, how).when(ClosePoll(NOW)).then_nothing()


def test_a_finalised_poll_cannot_be_closed() -> None:
    poll.given(opened, finalised()).when(ClosePoll(NOW)).then_rejected(AlreadyFinalised)


def test_a_closed_poll_is_reopened() -> None:
    poll.given(opened, closed).when(ReopenPoll(NOW)).then(reopened)


def test_reopening_an_open_poll_changes_nothing() -> None:
    poll.given(opened).when(ReopenPoll(NOW)).then_nothing()


def test_reopening_keeps_a_deadline_to_come_and_clears_a_passed_one() -> None:
    to_come, passed = NOW + HOUR, NOW
    for deadline, kept in ((to_come, to_come), (passed, None)):
        given = poll.given(opened, revised(deadline=deadline), closed_by_deadline)
        given.when(ReopenPoll(NOW)).then(reopened.model_copy(update={"deadline": kept}))


def test_a_cleared_deadline_stays_cleared() -> None:
    given = poll.given(opened, revised(deadline=NOW), closed_by_deadline, reopened)
    given.when(revise(title="Retro", deadline=None)).then(revised(title="Retro", deadline=None))
    given.when(revise(deadline=None)).then_nothing()


def test_a_finalised_poll_is_reopened_until_its_start() -> None:
    poll.given(opened, finalised()).when(ReopenPoll(MONDAY - HOUR)).then(
        PollReopened(poll_id=POLL, deadline=None, reopened_at=MONDAY - HOUR)
    )
    poll.given(opened, finalised()).when(ReopenPoll(MONDAY)).then_rejected(EventStarted)


def test_an_open_poll_is_finalised_on_what_it_is() -> None:
    poll.given(opened).when(finalise()).then(finalised())


def test_a_closed_poll_is_finalised() -> None:
    poll.given(opened, closed).when(finalise()).then(
        finalised(basis=Basis(polls=2, schedules=ARRIVED))
    )


def test_the_basis_is_what_the_organiser_was_looking_at() -> None:
    basis = Basis(polls=1, schedules=17)
    poll.given(opened, closed).when(finalise(as_of=basis)).then(finalised(basis=basis))


def test_a_basis_that_leaves_schedules_out_gets_those_that_have_arrived() -> None:
    basis = Basis(polls=1, schedules=ARRIVED)
    poll.given(opened, closed).when(finalise(as_of=Basis(polls=1))).then(finalised(basis=basis))


def test_nobody_can_have_looked_at_facts_to_come() -> None:
    poll.given(opened).when(finalise(as_of=Basis(polls=2))).then_rejected(BasisAhead)


def test_finalising_at_the_same_start_again_changes_nothing() -> None:
    poll.given(opened, finalised()).when(finalise(event_id=OTHER_EVENT)).then_nothing()


def test_another_start_needs_reopening_first() -> None:
    given = poll.given(opened, finalised())
    given.when(finalise(MONDAY + HOUR)).then_rejected(AlreadyFinalised)


def test_one_poll_keeps_one_event_id() -> None:
    given = poll.given(opened, finalised(), reopened)
    given.when(finalise(MONDAY + HOUR, event_id=OTHER_EVENT)).then(
        finalised(MONDAY + HOUR, basis=Basis(polls=3, schedules=ARRIVED))
    )


def test_the_meeting_may_fill_the_window_from_edge_to_edge() -> None:
    last = WINDOW.end - HOUR
    poll.given(opened).when(finalise(last)).then(finalised(last))


@pytest.mark.parametrize(
    "start",
    [WINDOW.start - timedelta(microseconds=1), WINDOW.end - HOUR + timedelta(microseconds=1)],
)
def test_a_meeting_that_leaves_the_window_is_refused(start: datetime) -> None:
    poll.given(opened).when(finalise(start)).then_rejected(OutsideWindow)


@pytest.mark.parametrize("before", [(), (closed,), (finalised(),)])
def test_a_poll_is_cancelled_from_every_living_state(before: tuple[PollFact, ...]) -> None:
    poll.given(opened, *before).when(CancelPoll(NOW)).then(cancelled)


def test_cancelling_a_cancelled_poll_changes_nothing() -> None:
    poll.given(opened, cancelled).when(CancelPoll(NOW)).then_nothing()


@pytest.mark.parametrize(
    "command", [revise(title="Retro"), ClosePoll(NOW), ReopenPoll(NOW), finalise()]
)
def test_cancelled_is_the_end(command: Command) -> None:
    poll.given(opened, cancelled).when(command).then_rejected(AlreadyCancelled)
