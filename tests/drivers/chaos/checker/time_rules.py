"""I11: a timer fires once and never early. I12: only legal moves, no answer that is too late."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chaos.checker.history import History, PollThen, StoredFact, evolve_poll, instant

# A timer may be so late when everything has come to rest.
LATEST = timedelta(seconds=5)
_TAKEN_AT = ("joined_at", "submitted_at", "withdrawn_at")
_FROM = {
    "poll.opened": {"none"},
    "poll.closed": {"open"},
    "poll.reopened": {"closed", "finalised"},
    "poll.finalised": {"open", "closed"},
    "poll.cancelled": {"open", "closed", "finalised"},
    "poll.erased": {"open", "closed", "finalised", "cancelled"},
}


def check_timers(history: History, now: datetime) -> Iterator[str]:
    """I11, by the clock of the database that recorded the facts."""
    for event_id, facts in history.by(lambda fact: fact.key).items():
        if event_id in history.events:
            yield from _check_event(event_id, facts, now)
    for poll_id, then in history.polls.items():
        last = then[-1]
        if last.state == "open" and last.deadline and instant(last.deadline) + LATEST < now:
            yield f"I11: the deadline of {poll_id} passed at {last.deadline}, and it is open"
    for closed in history.of("poll.closed"):
        before = history.polls[closed.key][closed.sequence - 1]
        if closed.data["reason"] == "deadline" and (
            before.deadline is None or closed.recorded_at < instant(before.deadline)
        ):
            yield f"I11: {closed.key} was closed at {closed.recorded_at}, before its deadline"


def _check_event(event_id: str, facts: list[StoredFact], now: datetime) -> Iterator[str]:
    due: str | None = None
    status = "none"
    for fact in sorted(facts, key=lambda fact: fact.sequence):
        if details := fact.data.get("details"):
            due = details["due_at"]
        if fact.type == "event.completed":
            if status != "pending":
                yield f"I11: {event_id} was completed while it was {status}"
            if fact.data["by"] == "timer" and (due is None or fact.recorded_at < instant(due)):
                yield f"I11: {event_id} was completed at {fact.recorded_at}, and due at {due}"
            status = "completed"
        elif fact.type == "event.cancelled":
            status = "cancelled"
        elif fact.type in ("event.scheduled", "event.rescheduled"):
            status = "pending"
    if status == "pending" and due and instant(due) + LATEST < now:
        yield f"I11: {event_id} was due at {due} and is not completed"


def check_moves(history: History) -> Iterator[str]:
    """I12."""
    for poll_id, facts in history.by(lambda fact: fact.key).items():
        then = PollThen()
        for fact in sorted(
            (fact for fact in facts if fact.service == "poll-api"), key=lambda f: f.sequence
        ):
            if fact.type in _FROM and then.state not in _FROM[fact.type]:
                yield f"I12: {poll_id} was {then.state}, and then came {fact.type}"
            then = evolve_poll(then, fact)
    for fact in history.of("participant.joined", "schedule.submitted", "schedule.withdrawn"):
        yield from _check_answer(history, fact)


def _check_answer(history: History, fact: StoredFact) -> Iterator[str]:
    """Against the poll as it was at the sequence that the answer was checked against."""
    polls = history.polls.get(fact.key, [])
    checked = int(fact.data["polls_sequence"])
    if checked >= len(polls):
        yield f"I12: an answer to {fact.key} was checked against {checked}, which is not there"
        return
    poll = polls[checked]
    if poll.state not in ("open", "finalised"):
        yield f"I12: {fact.type} to {fact.key} was taken while it was known to be {poll.state}"
    # When it was taken is what the fact says: the database's clock, read when it was decided. It
    # may be stored later, when something was in the way.
    taken = next(str(fact.data[name]) for name in _TAKEN_AT if name in fact.data)
    if poll.state == "open" and poll.deadline and instant(taken) >= instant(poll.deadline):
        yield f"I12: {fact.type} to {fact.key} was taken at {taken}, after {poll.deadline}"
