from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.lifecycle import (
    Completion,
    EventCancelled,
    EventCompleted,
    EventDetails,
    EventRescheduled,
    EventRevised,
    EventScheduled,
)
from event_lifecycle import decider
from event_lifecycle.decider import (
    AlreadyOver,
    Cancel,
    CancelByPoll,
    Complete,
    EndsBeforeItStarts,
    EventIsCancelled,
    EventIsCompleted,
    EventOfPoll,
    NoEndToCompleteAt,
    PlaceByPoll,
    ReleaseByPoll,
    Revise,
    Schedule,
    UnknownEvent,
)
from eventstore.testing import Spec

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
START = NOW + timedelta(days=4)
END = START + timedelta(hours=1)
EVENT, POLL = UUID(int=1), UUID(int=2)

event = Spec(decider)
asked = EventDetails(
    title="Planning",
    starts_at=START,
    ends_at=END,
    timezone="Europe/Berlin",
    completion=Completion(mode="after_creation"),
    due_at=None,
)
details = asked.model_copy(update={"due_at": NOW + timedelta(seconds=10)})
scheduled = EventScheduled(event_id=EVENT, details=details, scheduled_at=NOW)
completed = EventCompleted(event_id=EVENT, by="person", completed_at=LATER)
cancelled = EventCancelled(event_id=EVENT, cancelled_at=LATER)

of_poll = asked.model_copy(update={"completion": Completion(mode="at_end")})
placed_details = of_poll.model_copy(update={"due_at": END})
placed = EventScheduled(event_id=EVENT, poll_id=POLL, details=placed_details, scheduled_at=NOW)
released_details = placed_details.model_copy(update={"tentative": True, "due_at": None})
released = EventRescheduled(event_id=EVENT, details=released_details, rescheduled_at=LATER)


def test_a_new_event_falls_due_its_delay_after_creation() -> None:
    event.given().when(Schedule(EVENT, asked, NOW)).then(scheduled)


def test_an_event_can_fall_due_at_its_end() -> None:
    at_end = asked.model_copy(update={"completion": Completion(mode="at_end")})
    due = at_end.model_copy(update={"due_at": END})
    event.given().when(Schedule(EVENT, at_end, NOW)).then(
        EventScheduled(event_id=EVENT, details=due, scheduled_at=NOW)
    )


def test_a_manual_event_never_falls_due() -> None:
    manual = asked.model_copy(update={"completion": Completion(mode="manual")})
    event.given().when(Schedule(EVENT, manual, NOW)).then(
        EventScheduled(event_id=EVENT, details=manual, scheduled_at=NOW)
    )


def test_an_event_without_an_end_cannot_complete_at_its_end() -> None:
    endless = asked.model_copy(update={"completion": Completion(mode="at_end"), "ends_at": None})
    event.given().when(Schedule(EVENT, endless, NOW)).then_rejected(NoEndToCompleteAt)


def test_an_event_ends_after_it_starts() -> None:
    backwards = asked.model_copy(update={"ends_at": START})
    event.given().when(Schedule(EVENT, backwards, NOW)).then_rejected(EndsBeforeItStarts)


def test_an_event_in_the_past_is_refused_but_one_under_way_is_not() -> None:
    event.given().when(Schedule(EVENT, asked, END + timedelta(seconds=1))).then_rejected(
        AlreadyOver
    )
    endless = asked.model_copy(update={"ends_at": None})
    event.given().when(Schedule(EVENT, endless, END)).then_rejected(AlreadyOver)
    under_way = details.model_copy(update={"due_at": END + timedelta(seconds=10)})
    event.given().when(Schedule(EVENT, asked, END)).then(
        EventScheduled(event_id=EVENT, details=under_way, scheduled_at=END)
    )


def test_an_event_is_not_moved_into_the_past() -> None:
    past = {"starts_at": NOW - timedelta(days=2), "ends_at": NOW - timedelta(days=1)}
    event.given(scheduled).when(Revise(past, LATER)).then_rejected(AlreadyOver)


def test_the_same_event_scheduled_twice_changes_nothing() -> None:
    event.given(scheduled).when(Schedule(EVENT, asked, LATER)).then_nothing()


def test_another_title_is_a_revision() -> None:
    event.given(scheduled).when(Revise({"title": "Retro"}, LATER)).then(
        EventRevised(
            event_id=EVENT,
            details=details.model_copy(update={"title": "Retro"}),
            revised_at=LATER,
        )
    )


def test_another_start_moves_the_event() -> None:
    start = START + timedelta(minutes=5)
    event.given(scheduled).when(Revise({"starts_at": start}, LATER)).then(
        EventRescheduled(
            event_id=EVENT,
            details=details.model_copy(update={"starts_at": start}),
            rescheduled_at=LATER,
        )
    )


def test_another_completion_moves_the_due_time_only() -> None:
    at_end = Completion(mode="at_end")
    event.given(scheduled).when(Revise({"completion": at_end}, LATER)).then(
        EventRevised(
            event_id=EVENT,
            details=details.model_copy(update={"completion": at_end, "due_at": END}),
            revised_at=LATER,
        )
    )


def test_a_start_moved_past_the_end_is_refused() -> None:
    event.given(scheduled).when(Revise({"starts_at": END}, LATER)).then_rejected(EndsBeforeItStarts)


def test_a_revision_that_changes_nothing_is_no_fact() -> None:
    event.given(scheduled).when(Revise({"title": "Planning"}, LATER)).then_nothing()


def test_a_completed_event_is_not_revised() -> None:
    event.given(scheduled, completed).when(Revise({"title": "x"}, LATER)).then_rejected(
        EventIsCompleted
    )


def test_a_cancelled_event_is_not_revised() -> None:
    event.given(scheduled, cancelled).when(Revise({"title": "x"}, LATER)).then_rejected(
        EventIsCancelled
    )


def test_a_person_completes_an_event() -> None:
    event.given(scheduled).when(Complete(LATER)).then(completed)


def test_completing_twice_changes_nothing() -> None:
    event.given(scheduled, completed).when(Complete(LATER)).then_nothing()


def test_a_cancelled_event_is_not_completed() -> None:
    event.given(scheduled, cancelled).when(Complete(LATER)).then_rejected(EventIsCancelled)


def test_an_unknown_event_is_not_completed() -> None:
    event.given().when(Complete(LATER)).then_rejected(UnknownEvent)


def test_a_pending_event_is_cancelled() -> None:
    event.given(scheduled).when(Cancel(LATER)).then(cancelled)


def test_cancelling_twice_changes_nothing() -> None:
    event.given(scheduled, cancelled).when(Cancel(LATER)).then_nothing()


def test_a_completed_event_is_not_cancelled() -> None:
    event.given(scheduled, completed).when(Cancel(LATER)).then_rejected(EventIsCompleted)


def test_a_finalised_poll_schedules_its_event() -> None:
    event.given().when(PlaceByPoll(EVENT, POLL, of_poll, NOW)).then(placed)


def test_the_same_decision_twice_changes_nothing() -> None:
    event.given(placed).when(PlaceByPoll(EVENT, POLL, of_poll, LATER)).then_nothing()


def test_a_poll_moves_its_event() -> None:
    moved = of_poll.model_copy(update={"ends_at": END + timedelta(hours=1)})
    due = moved.model_copy(update={"due_at": END + timedelta(hours=1)})
    event.given(placed).when(PlaceByPoll(EVENT, POLL, moved, LATER)).then(
        EventRescheduled(event_id=EVENT, details=due, rescheduled_at=LATER)
    )


def test_a_reopened_poll_makes_its_event_tentative_without_a_due_time() -> None:
    event.given(placed).when(ReleaseByPoll(LATER)).then(released)


def test_reopening_twice_changes_nothing() -> None:
    event.given(placed, released).when(ReleaseByPoll(LATER)).then_nothing()


def test_finalising_again_makes_a_tentative_event_firm() -> None:
    event.given(placed, released).when(PlaceByPoll(EVENT, POLL, of_poll, LATER)).then(
        EventRescheduled(event_id=EVENT, details=placed_details, rescheduled_at=LATER)
    )


def test_finalising_again_revives_a_completed_event() -> None:
    event.given(placed, completed).when(PlaceByPoll(EVENT, POLL, of_poll, LATER)).then(
        EventRescheduled(event_id=EVENT, details=placed_details, rescheduled_at=LATER)
    )


def test_finalising_again_keeps_the_way_of_completion_people_chose() -> None:
    manual = placed_details.model_copy(
        update={"completion": Completion(mode="manual"), "due_at": None}
    )
    revised = EventRevised(event_id=EVENT, details=manual, revised_at=LATER)
    event.given(placed, revised).when(PlaceByPoll(EVENT, POLL, of_poll, LATER)).then_nothing()


def test_a_cancelled_poll_cancels_its_event_even_a_completed_one() -> None:
    event.given(placed).when(CancelByPoll(LATER)).then(cancelled)
    event.given(placed, completed).when(CancelByPoll(LATER)).then(cancelled)
    event.given(placed, cancelled).when(CancelByPoll(LATER)).then_nothing()


def test_people_neither_move_nor_cancel_the_event_of_a_poll() -> None:
    event.given(placed).when(Cancel(LATER)).then_rejected(EventOfPoll)
    event.given(placed).when(Revise({"starts_at": NOW}, LATER)).then_rejected(EventOfPoll)


def test_people_word_and_complete_the_event_of_a_poll() -> None:
    event.given(placed).when(Complete(LATER)).then(completed)
    event.given(placed).when(Revise({"title": "Retro"}, LATER)).then(
        EventRevised(
            event_id=EVENT,
            details=placed_details.model_copy(update={"title": "Retro"}),
            revised_at=LATER,
        )
    )
