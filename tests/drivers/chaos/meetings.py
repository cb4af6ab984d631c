"""What one of the crowd knows: their polls, who is in them, and what those have said."""

from dataclasses import dataclass, field
from random import Random

from brute_force import LEVELS, Free
from chaos.journal import Command, Viewer

QUARTERS = 20


@dataclass
class Member:
    """Somebody in a poll, `said` is their last acknowledged answer."""

    id: str
    edit: str
    said: list[Free] | None = None


@dataclass
class Meeting:
    """A poll as its organiser knows it."""

    id: str
    organiser: str
    answer: str
    hidden: bool
    deadline: bool
    quarters: int
    version: int
    state: str = "open"
    event: str = ""
    sequences: dict[str, int] = field(default_factory=dict[str, int])
    people: list[Member] = field(default_factory=list[Member])

    @property
    def path(self) -> str:
        return f"/api/v1/polls/{self.id}"

    @property
    def least(self) -> dict[str, str]:
        wanted = ", ".join(f"{label}={n}" for label, n in self.sequences.items())
        return {"Commontime-Min-Sequence": wanted}

    @property
    def as_organiser(self) -> Viewer:
        return Viewer(self.id, organiser=True)

    def notice(self, command: Command) -> None:
        for label in ("polls", "schedules"):
            found = command.answer.get(f"_{label}", 0)
            self.sequences[label] = max(found, self.sequences.get(label, 0))

    def follow(self, done: Command) -> None:
        """The poll is now as this command's answer says."""
        if "version" in done.answer:
            self.version = max(self.version, done.answer["version"])
            self.state = done.answer["state"]
        self.notice(done)


@dataclass
class Memory:
    """`random` makes all choices, so that a seed leads to the same ones."""

    random: Random
    meetings: list[Meeting] = field(default_factory=list[Meeting])
    events: list[str] = field(default_factory=list[str])

    def any(self, *states: str) -> Meeting | None:
        found = [meeting for meeting in self.meetings if meeting.state in states]
        return self.random.choice(found) if found else None

    def anybody(self, *states: str) -> tuple[Meeting, Member] | None:
        found = [
            (meeting, member)
            for meeting in self.meetings
            if not states or meeting.state in states
            for member in meeting.people
        ]
        return self.random.choice(found) if found else None

    def any_schedule(self) -> list[Free]:
        intervals: list[Free] = []
        for _ in range(self.random.randint(1, 4)):
            start = self.random.randrange(QUARTERS)
            end = self.random.randint(start + 1, QUARTERS)
            intervals.append((start, end, self.random.choice(list(LEVELS.values()))))
        return intervals
