"""I6: every row of a read model is what the facts come to. I8: each fact counts once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chaos.checker.history import History

Row = tuple[Any, ...]
# What is made of facts and nothing else, column by column; `rebuild` makes it anew.
READ_MODELS: Mapping[str, Mapping[str, str]] = {
    "poll-api": {
        "polls": "poll_id, state, version, document::text, owner",
        "edit_links": "*",
        "erased_polls": "*",
        "timers": "*",
        "seen": "*",
    },
    "availability": {
        "participants": "*",
        "known_polls": "poll_id, document::jsonb",
        "erased_polls": "poll_id",
        "seen": "*",
    },
    "recommender": {
        "known_polls": "poll_id, document::jsonb",
        "edit_links": "*",
        "standings": "*",
        "schedules": "*",
        "profiles": "*",
        "poll_history": "poll_id, sequence, at, type, document::jsonb",
        "seen": "*",
    },
    "event-lifecycle": {
        "known_polls": "poll_id, event_id, public, organiser_hash, answer_hash, document::jsonb",
        "edit_links": "*",
        "scheduled_events": "event_id, version, poll_id, status, details::jsonb, completed_by",
        "timers": "*",
        "seen": "*",
    },
}


@dataclass(frozen=True)
class Rows:
    """(service, table) to its rows, as they were and as they are once they were made anew."""

    before: Mapping[tuple[str, str], Sequence[Row]]
    after: Mapping[tuple[str, str], Sequence[Row]]
    polls: Mapping[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    answered: Mapping[str, bool] = field(default_factory=dict[str, bool])
    events: Mapping[str, tuple[str, int, str | None]] = field(
        default_factory=dict[str, tuple[str, int, str | None]]
    )
    history: Mapping[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])


def check_rebuilt(rows: Rows, forged: Mapping[str, int]) -> Iterator[str]:
    """I6: made anew from the facts, every row is the same. `forged` keys have no owner."""
    for table, before in rows.before.items():
        kept, made = (
            {repr(row) for row in then if not forged.keys() & set(map(str, row))}
            for then in (before, rows.after[table])
        )
        gone, come = kept - made, made - kept
        if gone or come:
            name = ".".join(table)
            example = [*sorted(gone)[:1], *sorted(come)[:1]]
            yield f"I6: made anew, {name} loses {len(gone)} rows and gets {len(come)}: {example}"


def check_folded(rows: Rows, history: History) -> Iterator[str]:
    """I6 again, by folds of our own."""
    for poll_id, then in history.polls.items():
        last = then[-1]
        wanted = None if last.state == "erased" else (last.state, last.version)
        if rows.polls.get(poll_id) != wanted:
            yield f"I6: poll {poll_id} is {rows.polls.get(poll_id)} and should be {wanted}"
    for id_, person in history.people.items():
        gone = person.gone or person.poll in history.erased_polls
        wanted = None if gone else person.schedule is not None
        if rows.answered.get(id_) != wanted:
            yield f"I6: participant {id_}: answered is {rows.answered.get(id_)}, not {wanted}"
    for id_, event in history.events.items():
        wanted = (event.status, event.version, event.completed_by)
        if rows.events.get(id_) != wanted:
            yield f"I6: event {id_} is {rows.events.get(id_)} and should be {wanted}"


def check_counted_once(rows: Rows, history: History) -> Iterator[str]:
    """I8: recommender's history of a poll is the poll's; a decision makes one fact of its event."""
    erased = history.erased_polls
    told = {
        (fact.key, fact.sequence): fact.type
        for fact in history.facts
        if fact.service == "poll-api" and fact.key not in erased
    }
    for place in sorted(told.keys() ^ rows.history.keys()):
        yield f"I8: fact {place} of a poll is once in one of poll-api and recommender only"
    decided = history.by(lambda fact: fact.key)
    for event_id, event in history.events.items():
        if event.poll is None:
            continue
        made = [
            f.type for f in decided[event_id] if f.type in ("event.scheduled", "event.rescheduled")
        ]
        finalised = [f for f in decided[event.poll] if f.type == "poll.finalised"]
        if made.count("event.scheduled") != 1 or len(made) > 2 * len(finalised):
            yield f"I8: {len(finalised)} decisions of {event.poll} made {made}"
