"""I1: nothing acknowledged is lost. I2 and I4: a command has one effect, however often it came."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from brute_force import LEVELS
from chaos.checker.history import History, StoredFact
from chaos.journal import Command, Journal

# The kind of command that leads to a fact, exactly one of each.
MADE = {
    "open": "poll.opened",
    "join": "participant.joined",
    "create": "event.scheduled",
}
# Those that may find that nothing is left to be done: at most one.
MOVED = {
    "revise": "poll.revised",
    "close": "poll.closed",
    "reopen": "poll.reopened",
    "finalise": "poll.finalised",
    "erase poll": "poll.erased",
    "submit": "schedule.submitted",
    "withdraw": "schedule.withdrawn",
    "erase": "participant.erased",
    "complete": "event.completed",
}


def check_acknowledged(journal: Journal, history: History) -> Iterator[str]:
    """I1."""
    of_type = {name: {fact.key: fact for fact in history.of(name)} for name in MADE.values()}
    joined = {fact.data["participant_id"] for fact in history.of("participant.joined")}
    for kind, type_ in MADE.items():
        known = joined if kind == "join" else of_type[type_].keys()
        for command in journal.acknowledged(kind):
            if command.answer["id"] not in known:
                yield f"I1: {kind} was answered with {command.answer['id']}, which is not stored"
    versions = {(f.stream, f.version): f for f in history.facts}
    for command in journal.acknowledged("revise", "close", "reopen", "finalise"):
        stored = versions.get((f"poll-{command.poll}", command.answer.get("version", 0)))
        if "version" in command.answer and stored is None:
            yield f"I1: version {command.answer['version']} of {command.poll} is not stored"
    yield from _check_answers(journal, history)
    for person in journal.erased_people - _gone(history):
        yield f"I1: {person} was erased, and is not"


def _check_answers(journal: Journal, history: History) -> Iterator[str]:
    """What somebody was told that is stored for them, as of the sequence they were told."""
    said = history.by(lambda fact: fact.data.get("participant_id"))
    for command in journal.acknowledged("submit"):
        if command.person in history.erased_people or command.poll in history.erased_polls:
            continue
        until = command.answer.get("_schedules", 0)
        answers = [
            fact
            for fact in said.get(command.person, [])
            if fact.sequence <= until and fact.type.startswith("schedule.")
        ]
        last = max(answers, key=lambda fact: fact.sequence, default=None)
        if last is None or _levels(last) != _wanted(command):
            yield f"I1: the answer of {command.person} at {until} is not the one acknowledged"


def check_effects(journal: Journal, history: History) -> Iterator[str]:
    """I2 and I4: as many facts as commands, none twice."""
    probes = history.probes
    for kind, type_ in MADE.items():
        asked = [command for command in journal.commands if command.kind == kind]
        acknowledged = sum(command.outcome == "acknowledged" for command in asked)
        open_ = sum(command.outcome == "unanswered" for command in asked)
        stored = sum(
            fact.key not in probes and (kind != "create" or not fact.data.get("poll_id"))
            for fact in history.of(type_)
        )
        if not acknowledged <= stored <= acknowledged + open_:
            yield f"I2: {acknowledged} times {kind} was acknowledged, {stored} are stored"
    ids = Counter(c.answer["id"] for c in journal.acknowledged(*MADE))
    for id_, times in ids.items():
        if times > 1:
            yield f"I2: {times} commands were answered with the same {id_}"
    asked = Counter(_subject(c) for c in journal.commands if c.kind in MOVED)
    stored = Counter(
        (fact.type, fact.data.get("participant_id", fact.key))
        for fact in history.facts
        if fact.key not in probes and not _by_itself(fact)
    )
    for (type_, subject), times in stored.items():
        if type_ in MOVED.values() and times > asked[type_, subject]:
            yield f"I4: {type_} of {subject}: {asked[type_, subject]} asked for, {times} stored"


def _subject(command: Command) -> tuple[str, str]:
    subject = command.person or command.poll or command.path.split("/")[4]
    return MOVED[command.kind], subject


def _by_itself(fact: StoredFact) -> bool:
    """What a timer did, or the erasing of a whole poll."""
    by_timer = fact.data.get("by") == "timer" or fact.data.get("reason") == "deadline"
    return by_timer or fact.type == "participant.erased"


def _gone(history: History) -> set[str]:
    """Erased one by one, or with their poll."""
    polls = history.erased_polls
    whole = {id_ for id_, person in history.people.items() if person.poll in polls}
    return history.erased_people | whole


def _levels(fact: StoredFact) -> tuple[tuple[str, str, int], ...] | None:
    if fact.type == "schedule.withdrawn":
        return None
    return _merged(fact.data["intervals"])


def _wanted(command: Command) -> tuple[tuple[str, str, int], ...]:
    return _merged(command.body["intervals"])


def _merged(intervals: list[dict[str, str]]) -> tuple[tuple[str, str, int], ...]:
    """The one form of a schedule: its stretches of one level."""
    edges = sorted({edge for one in intervals for edge in (one["start"], one["end"])})
    stretches: list[tuple[str, str, int]] = []
    for start, end in pairwise(edges):
        level = max(
            (LEVELS[i["preference"]] for i in intervals if i["start"] <= start < i["end"]),
            default=0,
        )
        if stretches and stretches[-1][1:] == (start, level):
            start = stretches.pop()[0]
        if level:
            stretches.append((start, end, level))
    return tuple(stretches)
