from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from availability import decider
from availability.decider import (
    Erase,
    EventHasStarted,
    Join,
    PollIsCancelled,
    PollIsClosed,
    PollSeen,
    Rejected,
    RotateLink,
    ScheduleChanged,
    SetStanding,
    Submit,
    UnknownParticipant,
    Withdraw,
)
from contracts.fact import Span
from contracts.known_poll import KnownPoll, PollState
from contracts.polls import Basis, PollDetails, PollFinalised
from contracts.schedules import (
    FreeInterval,
    ParticipantErased,
    ParticipantJoined,
    ParticipantLinkRotated,
    ParticipantRevised,
    ScheduleSubmitted,
    ScheduleWithdrawn,
)
from eventstore.testing import Spec

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLL, ANN = UUID(int=1), UUID(int=2)
HASH = "a" * 64
MORNING = (FreeInterval(start=NOW, end=NOW + HOUR),)
NOON = (FreeInterval(start=NOW + 4 * HOUR, end=NOW + 5 * HOUR, preference="preferred"),)
WINDOW = Span(start=NOW, end=NOW + 8 * HOUR)


def seen(
    state: PollState = "open", deadline: datetime | None = None, poll_id: UUID = POLL
) -> PollSeen:
    decision = PollFinalised(
        poll_id=POLL,
        start=NOW + HOUR,
        end=NOW + 2 * HOUR,
        event_id=UUID(int=3),
        basis=Basis(polls=1),
        finalised_at=NOW,
    )
    poll = KnownPoll(
        poll_id=poll_id,
        state=state,
        details=PollDetails(
            title="t",
            timezone="UTC",
            window=WINDOW,
            slots=(WINDOW,),
            duration=HOUR,
            deadline=deadline,
        ),
        organiser_hash=HASH,
        answer_hash=HASH,
        finalised=decision if state == "finalised" else None,
    )
    return PollSeen(poll, sequence=7)


participant = Spec(decider)
about: Any = {"poll_id": POLL, "participant_id": ANN, "polls_sequence": 7}
joined = ParticipantJoined(**about, edit_hash=HASH, joined_at=NOW)
submitted = ScheduleSubmitted(**about, intervals=MORNING, submitted_at=NOW)
withdrawn = ScheduleWithdrawn(**about, withdrawn_at=NOW)
erased = ParticipantErased(**about, erased_at=NOW)


def revised(role: decider.Role, weight: int, *groups: str) -> ParticipantRevised:
    return ParticipantRevised(**about, role=role, weight=weight, groups=groups, revised_at=NOW)


def test_joining_is_recorded_with_the_poll_it_was_checked_against() -> None:
    participant.given().when(Join(ANN, HASH, seen(), NOW)).then(joined)


def test_joining_twice_changes_nothing() -> None:
    participant.given(joined).when(Join(ANN, HASH, seen(), NOW)).then_nothing()


def test_a_schedule_is_recorded_whole() -> None:
    participant.given(joined).when(Submit(ANN, MORNING, seen(), NOW)).then(submitted)


def test_the_same_schedule_twice_changes_nothing() -> None:
    participant.given(joined, submitted).when(Submit(ANN, MORNING, seen(), NOW)).then_nothing()


def test_a_schedule_without_intervals_is_an_answer_and_not_a_withdrawal() -> None:
    participant.given(joined).when(Submit(ANN, (), seen(), NOW)).then(
        submitted.model_copy(update={"intervals": ()})
    )


def test_nobody_answers_before_joining_or_after_leaving() -> None:
    late = Submit(ANN, MORNING, seen(), NOW)
    participant.given().when(late).then_rejected(UnknownParticipant)
    participant.given(joined, erased).when(late).then_rejected(UnknownParticipant)


def test_a_participant_of_one_poll_is_unknown_in_another() -> None:
    elsewhere = seen(poll_id=UUID(int=9))
    participant.given(joined).when(Submit(ANN, MORNING, elsewhere, NOW)).then_rejected(
        UnknownParticipant
    )
    participant.given(joined).when(Erase(ANN, elsewhere, NOW)).then_rejected(UnknownParticipant)


@pytest.mark.parametrize(
    ("poll", "reason"),
    [
        (seen("closed"), PollIsClosed),
        (seen("cancelled"), PollIsCancelled),
        (seen(deadline=NOW), PollIsClosed),
    ],
)
def test_a_poll_that_takes_no_answers_says_why(poll: PollSeen, reason: type[Rejected]) -> None:
    participant.given().when(Join(ANN, HASH, poll, NOW)).then_rejected(reason)
    participant.given(joined).when(Submit(ANN, MORNING, poll, NOW)).then_rejected(reason)
    participant.given(joined, submitted).when(Withdraw(ANN, poll, NOW)).then_rejected(reason)


def test_an_answer_in_the_last_microsecond_before_the_deadline_counts() -> None:
    in_time = seen(deadline=NOW + timedelta(microseconds=1))
    participant.given(joined).when(Submit(ANN, MORNING, in_time, NOW)).then(submitted)


def test_plans_may_change_after_the_decision_until_the_meeting_starts() -> None:
    poll = seen("finalised", deadline=NOW)
    participant.given(joined).when(Submit(ANN, MORNING, poll, NOW)).then(submitted)
    participant.given(joined).when(Submit(ANN, MORNING, poll, NOW + HOUR)).then_rejected(
        EventHasStarted
    )


def test_a_schedule_may_name_the_one_it_replaces() -> None:
    replacing = Submit(ANN, NOON, seen(), NOW, expected=2)
    participant.given(joined, submitted).when(replacing).then(
        submitted.model_copy(update={"intervals": NOON})
    )
    participant.given(joined, submitted, withdrawn).when(replacing).then_rejected(ScheduleChanged)


def test_a_new_weight_leaves_the_version_of_the_schedule() -> None:
    given = participant.given(joined, submitted, revised("optional", 5))
    given.when(Submit(ANN, NOON, seen(), NOW, expected=2)).then(
        submitted.model_copy(update={"intervals": NOON})
    )


def test_withdrawing_leaves_the_participant_unanswered() -> None:
    participant.given(joined, submitted).when(Withdraw(ANN, seen(), NOW)).then(withdrawn)
    participant.given(joined, submitted, withdrawn).when(Withdraw(ANN, seen(), NOW)).then_nothing()
    participant.given(joined).when(Withdraw(ANN, seen(), NOW)).then_nothing()


def test_the_organiser_changes_one_part_of_a_standing_and_the_rest_stays() -> None:
    given = participant.given(joined, revised("required", 3, "leads"))
    given.when(SetStanding(ANN, seen(), NOW, weight=4)).then(revised("required", 4, "leads"))
    given.when(SetStanding(ANN, seen(), NOW, groups=())).then(revised("required", 3))
    given.when(SetStanding(ANN, seen(), NOW, role="required")).then_nothing()


def test_a_new_edit_link_is_given_whatever_the_state_of_the_poll() -> None:
    rotated = ParticipantLinkRotated(**about, edit_hash="b" * 64, rotated_at=NOW)
    for poll in (seen(), seen("closed"), seen("cancelled"), seen("finalised")):
        given = participant.given(joined, submitted)
        given.when(RotateLink(ANN, "b" * 64, poll, NOW)).then(rotated)
    again = participant.given(joined, submitted, rotated)
    again.when(RotateLink(ANN, "b" * 64, seen(), NOW)).then_nothing()
    again.when(Submit(ANN, NOON, seen(), NOW, expected=2)).then(
        submitted.model_copy(update={"intervals": NOON})
    )


def test_nobody_gets_a_link_to_who_is_not_in_the_poll() -> None:
    for state in ([], [joined, erased]):
        participant.given(*state).when(RotateLink(ANN, HASH, seen(), NOW)).then_rejected(
            UnknownParticipant
        )
    elsewhere = RotateLink(ANN, "b" * 64, seen(poll_id=UUID(int=9)), NOW)
    participant.given(joined).when(elsewhere).then_rejected(UnknownParticipant)


def test_leaving_is_possible_whatever_the_state_of_the_poll() -> None:
    for poll in (seen(), seen("closed"), seen("cancelled"), seen("finalised")):
        participant.given(joined, submitted).when(Erase(ANN, poll, NOW)).then(erased)


def test_leaving_twice_changes_nothing() -> None:
    participant.given(joined, erased).when(Erase(ANN, seen(), NOW)).then_nothing()


def test_facts_in_no_order_that_could_happen_do_not_decide() -> None:
    assert decider.evolve(decider.initial(), submitted) == decider.NotJoined()
