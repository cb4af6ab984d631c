"""The facts of the stores, and the folds that the checks need: written for them alone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

K = TypeVar("K")

PROBE = "Probe"


@dataclass(frozen=True)
class StoredFact:
    """A row of `events`; `type` without its prefix and version: `poll.opened`."""

    service: str
    position: int
    stream: str
    version: int
    key: str
    sequence: int
    id: str
    type: str
    data: Mapping[str, Any]
    recorded_at: datetime
    digest: int = 0


@dataclass
class PollThen:
    """A poll as of one of its facts."""

    state: str = "none"
    version: int = 0
    deadline: str | None = None
    title: str = ""
    quarters: int = 0
    window: tuple[str, str] = ("", "")
    starts: str | None = None


@dataclass
class PersonThen:
    """`schedule` is None as long as there is no answer."""

    poll: str
    schedule: list[dict[str, str]] | None = None
    gone: bool = False


@dataclass
class EventThen:
    status: str
    version: int
    due_at: str | None
    poll: str | None
    completed_by: str | None = None


@dataclass
class History:
    """All facts, and what they come to."""

    facts: Sequence[StoredFact]
    polls: dict[str, list[PollThen]] = field(default_factory=dict[str, list[PollThen]])
    people: dict[str, PersonThen] = field(default_factory=dict[str, PersonThen])
    events: dict[str, EventThen] = field(default_factory=dict[str, EventThen])

    def __post_init__(self) -> None:
        for fact in sorted(self.facts, key=lambda fact: (fact.service, fact.key, fact.sequence)):
            if fact.service == "poll-api":
                then = self.polls.setdefault(fact.key, [PollThen()])
                then.append(evolve_poll(then[-1], fact))
            elif fact.service == "availability":
                _evolve_person(self.people, fact)
            else:
                _evolve_event(self.events, fact)

    def of(self, *types: str) -> list[StoredFact]:
        return [fact for fact in self.facts if fact.type in types]

    def by(self, key: Callable[[StoredFact], K]) -> dict[K, list[StoredFact]]:
        found: defaultdict[K, list[StoredFact]] = defaultdict(list)
        for fact in self.facts:
            found[key(fact)].append(fact)
        return found

    @property
    def probes(self) -> set[str]:
        """Polls and events that are nobody's: they only show whether anything works."""
        found = {fact.key for fact in self.of("poll.opened") if _title(fact) == PROBE}
        return found | {fact.key for fact in self.of("event.scheduled") if _title(fact) == PROBE}

    @property
    def erased_people(self) -> set[str]:
        return {id_ for id_, person in self.people.items() if person.gone}

    @property
    def erased_polls(self) -> set[str]:
        return {fact.key for fact in self.of("poll.erased")}


def evolve_poll(before: PollThen, fact: StoredFact) -> PollThen:
    """Raises nothing: whether a move is legal is for a check to say."""
    details = fact.data.get("details", {})
    then = replace(before, version=fact.version)
    if details:
        then.title, then.deadline = details["title"], details.get("deadline")
        then.quarters = _quarters(details["duration"])
        then.window = (details["window"]["start"], details["window"]["end"])
    match fact.type:
        case "poll.opened":
            then.state = "open"
        case "poll.closed":
            then.state = "closed"
        case "poll.reopened":
            then.state, then.starts = "open", None
            then.deadline = fact.data.get("deadline")
        case "poll.finalised":
            then.state, then.starts = "finalised", fact.data["start"]
        case "poll.cancelled":
            then.state = "cancelled"
        case "poll.erased":
            then.state = "erased"
        case _:
            pass
    return then


def _evolve_person(people: dict[str, PersonThen], fact: StoredFact) -> None:
    person = people.setdefault(fact.data["participant_id"], PersonThen(fact.key))
    match fact.type:
        case "schedule.submitted":
            person.schedule = list(fact.data["intervals"])
        case "schedule.withdrawn":
            person.schedule = None
        case "participant.erased":
            person.gone = True
        case _:
            pass


def _evolve_event(events: dict[str, EventThen], fact: StoredFact) -> None:
    event = events.setdefault(fact.key, EventThen("pending", 0, None, fact.data.get("poll_id")))
    event.version = fact.version
    if details := fact.data.get("details"):
        event.due_at = details["due_at"]
    match fact.type:
        case "event.rescheduled":
            event.status, event.completed_by = "pending", None
        case "event.completed":
            event.status, event.completed_by = "completed", fact.data["by"]
        case "event.cancelled":
            event.status, event.completed_by = "cancelled", None
        case _:
            pass


def _title(fact: StoredFact) -> str:
    return str(fact.data["details"]["title"])


def _quarters(duration: str) -> int:
    """Of PT45M or PT1H15M."""
    hours, _, rest = duration.removeprefix("PT").rpartition("H")
    return int(hours or 0) * 4 + int(rest.removesuffix("M") or 0) // 15


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def most(violations: Iterable[str], limit: int = 5) -> list[str]:
    """The first few, and how many there are: one fault can show a thousand times."""
    found = list(violations)
    more = [f"{found[0].partition(':')[0]}: … {len(found)} of these"] if len(found) > limit else []
    return found[:limit] + more
