"""Each check finds what it is there for in a history by hand, and nothing in a good one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from chaos.broker import Held
from chaos.by_hand import ANN, EVENT, NOON, POLL, Told, at, free, sent
from chaos.checker.commands import check_acknowledged, check_effects
from chaos.checker.history import History
from chaos.checker.letters import check_dead_letters, check_parked, check_refused
from chaos.checker.order import Sent, check_sent_order, check_stored_order, check_unchanged
from chaos.checker.partners import check_calendars, check_told
from chaos.checker.projections import Rows, check_counted_once, check_folded, check_rebuilt
from chaos.checker.recommendations import check_recommendations, expected_choices
from chaos.checker.time_rules import check_moves, check_timers
from chaos.journal import Attempt, Command, Journal, Viewer
from chaos.receiver import Told as Message


def command(kind: str, status: int = 201, **answer: Any) -> Command:
    answered = Command(kind, "POST", "/", {}, "", key="k", poll=POLL, status=status)
    answered.answer = answer
    return answered


def finds(violations: Iterable[str], invariant: str) -> None:
    found = list(violations)
    assert found
    assert all(text.startswith(f"{invariant}:") for text in found), found


def test_what_was_acknowledged_and_is_not_stored_is_found() -> None:
    journal = Journal([command("open", id=POLL)])
    assert list(check_acknowledged(journal, Told().opened().history)) == []
    finds(check_acknowledged(journal, History([])), "I1")


def test_an_answer_that_is_not_the_one_acknowledged_is_found() -> None:
    said = command("submit", 200, _schedules=2)
    said.person, said.body = ANN, {"intervals": [free(0, 30), free(30, 60)]}
    told = Told().opened().person("participant.joined")
    kept = told.person("schedule.submitted", intervals=[free(0, 60)]).history
    assert list(check_acknowledged(Journal([said]), kept)) == []
    other = Told().opened().person("participant.joined")
    finds(
        check_acknowledged(
            Journal([said]), other.person("schedule.submitted", intervals=[free(0, 45)]).history
        ),
        "I1",
    )


def test_one_command_with_two_effects_is_found() -> None:
    journal = Journal([command("open", id=POLL)])
    assert list(check_effects(journal, Told().opened().history)) == []
    again = Told().opened()
    again.that("poll-api", "poll.opened", "another", details=again.facts[0].data["details"])
    finds(check_effects(journal, again.history), "I2")


def test_the_event_of_a_decision_is_not_taken_for_one_that_somebody_created() -> None:
    details = {"title": "Planning", "due_at": None}
    decided = Told().event("scheduled", poll_id=POLL, details=details)
    assert list(check_effects(Journal(), decided.history)) == []
    finds(check_effects(Journal(), Told().scheduled().history), "I2")


def test_a_move_that_happened_more_often_than_it_was_asked_for_is_found() -> None:
    journal = Journal([command("open", id=POLL), command("close", 200, version=2)])
    closed = Told().opened().poll("closed", reason="manual")
    assert list(check_effects(journal, closed.history)) == []
    closed.poll("reopened").poll("closed", reason="manual")
    finds(check_effects(journal, closed.history), "I4")


def test_holes_in_versions_and_sequences_are_found() -> None:
    told = Told().opened().poll("closed", reason="manual").poll("reopened")
    assert list(check_stored_order(told.history)) == []
    finds(check_stored_order(History([told.facts[0], told.facts[2]])), "I3")


def test_a_topic_in_another_order_or_without_a_fact_is_found() -> None:
    told = Told().opened().poll("closed", reason="manual").poll("reopened")
    history, (one, two, three) = told.history, told.facts
    assert list(check_sent_order(history, Sent(sent([one, two, two, one, three])))) == []
    finds(check_sent_order(history, Sent(sent([two, one, three]))), "I3")
    finds(check_sent_order(history, Sent(sent([one, three]))), "I3")
    lost = Sent(sent([one, three]), lost={("poll-api", 2)})
    assert list(check_sent_order(history, lost)) == []


def test_a_fact_that_changed_or_went_is_found_unless_it_was_erased() -> None:
    told = Told().opened()
    id_ = ("poll-api", told.facts[0].id)
    assert list(check_unchanged(told.history, {id_: 0}, Sent([]))) == []
    finds(check_unchanged(told.history, {id_: 1}, Sent([])), "I5")
    finds(check_unchanged(told.history, {("poll-api", "gone"): 0}, Sent([])), "I5")
    assert list(check_unchanged(told.poll("erased").history, {id_: 1}, Sent([]))) == []
    finds(check_unchanged(History([]), {}, Sent(sent(told.facts))), "I5")


def test_rows_that_a_rebuild_makes_otherwise_are_found() -> None:
    table = ("poll-api", "polls")
    assert list(check_rebuilt(Rows({table: [(1,)]}, {table: [(1,)]}), {})) == []
    finds(check_rebuilt(Rows({table: [(1,)]}, {table: [(2,)]}), {}), "I6")
    forged = Rows({table: [("nobody's", 1)]}, {table: []})
    assert list(check_rebuilt(forged, {"nobody's": 1})) == []
    held_back = Rows({table: [("poll", 1)]}, {table: [("poll", 2)]})
    assert list(check_rebuilt(held_back, {"poll": 1})) == []


@pytest.mark.parametrize(
    "rows",
    [
        Rows({}, {}, {POLL: ("closed", 1)}, {ANN: True}, {EVENT: ("pending", 1, None)}),
        Rows({}, {}, {POLL: ("open", 1)}, {ANN: False}, {EVENT: ("pending", 1, None)}),
        Rows({}, {}, {POLL: ("open", 1)}, {ANN: True}, {EVENT: ("completed", 1, "timer")}),
    ],
)
def test_rows_that_are_not_what_the_facts_come_to_are_found(rows: Rows) -> None:
    told = Told().opened().person("participant.joined").scheduled()
    history = told.person("schedule.submitted", intervals=[free(0, 60)]).history
    good = Rows({}, {}, {POLL: ("open", 1)}, {ANN: True}, {EVENT: ("pending", 1, None)})
    assert list(check_folded(good, history)) == []
    finds(check_folded(rows, history), "I6")


def test_a_fact_that_counted_twice_or_never_is_found() -> None:
    history = Told().opened().history
    once = {(POLL, 1): "commontime.poll.opened.v1"}
    assert list(check_counted_once(Rows({}, {}, history=once), history)) == []
    finds(check_counted_once(Rows({}, {}), history), "I8")
    twice = Told().opened().poll("finalised", start=at(0))
    for _ in range(2):
        twice.event("scheduled", poll_id=POLL, details={"title": "Planning", "due_at": None})
    both = {**once, (POLL, 2): ""}
    finds(check_counted_once(Rows({}, {}, history=both), twice.history), "I8")


def test_recommendations_that_differ_are_found() -> None:
    told = Told().opened().person("participant.joined")
    history = told.person("schedule.submitted", intervals=[free(0, 60)]).history
    assert expected_choices(history, POLL)[0].available == (ANN,)
    nothing: tuple[int, bytes, Any] = (200, b"1", {"recommendations": []})
    finds(check_recommendations(history, {POLL: [nothing, (200, b"2", nothing[2])]}), "I7")
    finds(check_recommendations(history, {POLL: [(503, b"", None)]}), "I7")
    empty = Told().opened().history
    assert list(check_recommendations(empty, {POLL: [nothing, nothing]})) == []


@pytest.mark.parametrize("completed", [[0.5], [2, 3], []])
def test_a_timer_that_fires_early_twice_or_never_is_found(completed: list[float]) -> None:
    later = NOON.replace(hour=13)
    fired = Told().scheduled(due=1).event("completed", 1.01, by="timer")
    assert list(check_timers(fired.history, later)) == []
    told = Told().scheduled(due=1)
    for minutes in completed:
        told.event("completed", minutes, by="timer")
    finds(check_timers(told.history, later), "I11")


def test_a_deadline_that_comes_early_or_never_is_found() -> None:
    later = NOON.replace(hour=13)
    finds(check_timers(Told().opened(at(5)).history, later), "I11")
    early = Told().opened(at(5)).poll("closed", 4, reason="deadline")
    finds(check_timers(early.history, later), "I11")


def test_a_move_that_is_not_legal_is_found() -> None:
    good = Told().opened().poll("closed", reason="manual").poll("reopened")
    assert list(check_moves(good.history)) == []
    finds(check_moves(good.poll("reopened").history), "I12")


def test_an_answer_to_a_closed_poll_or_after_the_deadline_is_found() -> None:
    closed = Told().opened().poll("closed", reason="manual").person("participant.joined")
    assert list(check_moves(closed.history)) == []
    knowing = closed.person("schedule.submitted", intervals=[], polls_sequence=2)
    finds(check_moves(knowing.history), "I12")
    finds(check_moves(Told().opened(at(5)).person("participant.joined", minutes=6).history), "I12")


def told_of(sequence: int, id_: str = "msg_1", *, verified: bool = True) -> Message:
    body = f'{{"type":"event.created","data":{{"id":"{EVENT}"}},"sequence":{sequence}}}'
    return Message(id_, body.encode(), verified)


@pytest.mark.parametrize(
    "told",
    [
        [],
        [told_of(1, verified=False)],
        [told_of(1), told_of(1, "msg_2")],
        [told_of(1), told_of(2)],
    ],
)
def test_partners_who_were_not_told_or_told_wrongly_are_found(told: list[Message]) -> None:
    history = Told().scheduled().history
    assert list(check_told(history, [told_of(1), told_of(1)], (), ())) == []
    assert list(check_told(history, [], {("event.created", EVENT, 1)}, ())) == []
    finds(check_told(history, told, (), ()), "I13")


def test_a_message_may_lose_its_texts_when_its_poll_is_erased() -> None:
    bodies = [told_of(1), Message("msg_1", told_of(1).body.replace(b",", b", "), True)]
    told = Told().opened().that("event-lifecycle", "event.scheduled", EVENT, poll_id=POLL)
    finds(check_told(told.history, bodies, (), ()), "I13")
    assert list(check_told(told.poll("erased").history, bodies, (), ())) == []


def test_a_calendar_that_goes_back_is_found() -> None:
    assert list(check_calendars({EVENT: [("u", 0), ("u", 0), ("u", 2)]})) == []
    finds(check_calendars({EVENT: [("u", 2), ("u", 1)]}), "I14")
    finds(check_calendars({EVENT: [("u", 1), ("v", 1)]}), "I14")


def test_poison_without_a_dead_letter_is_found() -> None:
    place = ("commontime.polls", 3, 14)
    letters = [
        Held(
            (f"{group}.dead-letter", 0, 0),
            b"",
            b"",
            {"dead-letter-place": b"commontime.polls/3@14"},
        )
        for group in ("availability", "recommender", "event-lifecycle")
    ]
    assert list(check_dead_letters(letters, [place])) == []
    finds(check_dead_letters(letters[1:], [place]), "I15")


def test_a_fact_that_is_a_dead_letter_although_its_owner_has_it_is_found() -> None:
    told = Told().opened()
    (fact,) = sent(told.facts)
    letter = replace(fact, place=("recommender.dead-letter", 0, 0))
    forged = replace(letter, headers={**letter.headers, "ce_id": b"of nobody"})
    assert list(check_refused([fact, forged], told.history)) == []
    finds(check_refused([fact, letter], told.history), "I15")


def test_a_key_that_is_held_back_although_its_owner_has_the_fact_is_found() -> None:
    parked = {("recommender", "polls", POLL): 3}
    assert list(check_parked(parked, {("polls", POLL): 2})) == []
    finds(check_parked(parked, {("polls", POLL): 3}), "I15")


def test_the_journal_finds_what_nobody_should_be_answered() -> None:
    journal = Journal()
    journal.about_person("cny0123456789abcdef", POLL, ANN, is_name=True, hidden=True)
    text = "… cny0123456789abcdef …"
    journal.overhears(Viewer(POLL, ANN), "GET", text)
    journal.overhears(Viewer(POLL, organiser=True), "GET", text)
    journal.sees_version(POLL, 3, 3)
    journal.answered(Attempt(0, 0, 503, retry_after=True), "GET")
    assert journal.wrong == []
    journal.overhears(Viewer(POLL, "ben"), "GET", text)
    journal.overhears(Viewer("poll-2", organiser=True), "GET", text)
    journal.sees_version(POLL, 3, 2)
    journal.answered(Attempt(0, 0, 500), "GET")
    journal.answered(Attempt(0, 0, 503), "GET")
    assert [text[:4] for text in journal.wrong] == ["I17:", "I17:", "I9: ", "I18:", "I18:"]
