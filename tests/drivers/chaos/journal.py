"""What people asked for and were answered: written down by them, whatever the system believes."""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Answer = dict[str, Any]
Outcome = Literal["acknowledged", "rejected", "unanswered"]

_CANARY = re.compile(r"cny[0-9a-f]{16}")


@dataclass(frozen=True)
class Attempt:
    """One request: `status` is 0 where no answer came."""

    at: float
    seconds: float
    status: int
    code: str = ""
    retry_after: bool = False

    @property
    def available(self) -> bool:
        return self.status not in (0, 429) and self.status < 500


@dataclass
class Command:
    """A request that changes something, however often it was sent."""

    kind: str
    method: str
    path: str
    body: Answer
    token: str
    key: str = ""
    poll: str = ""
    person: str = ""
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    status: int = 0
    answer: Answer = field(default_factory=dict[str, Any])
    sequence: int = 0
    version: int = 0
    repeated: int = 0
    after_doubt: bool = False

    @property
    def outcome(self) -> Outcome:
        if not self.status:
            return "unanswered"
        return "acknowledged" if self.status < 300 else "rejected"

    @property
    def in_doubt(self) -> bool:
        """Whether some attempt may have taken effect without anybody being told."""
        return any(attempt.status == 0 or attempt.status >= 500 for attempt in self.attempts)

    @property
    def seconds(self) -> float:
        """From the first attempt to the last answer."""
        last = self.attempts[-1]
        return last.at + last.seconds - self.attempts[0].at


@dataclass(frozen=True)
class Canary:
    """A word of one person, or of a poll where `person` is empty."""

    word: str
    poll: str
    person: str
    is_name: bool
    names_hidden: bool


@dataclass(frozen=True)
class Viewer:
    """Who reads an answer; of the organiser and the administrator `person` is empty."""

    poll: str = ""
    person: str = ""
    organiser: bool = False
    everything: bool = False

    def may_read(self, canary: Canary) -> bool:
        if self.everything:
            return True
        if canary.poll != self.poll:
            return False
        mine = self.organiser or canary.person in ("", self.person)
        return mine or (canary.is_name and not canary.names_hidden)


@dataclass
class Journal:
    """`wrong` is what nobody should ever have been answered; each begins with its invariant."""

    commands: list[Command] = field(default_factory=list[Command])
    reads: list[Attempt] = field(default_factory=list[Attempt])
    canaries: dict[str, Canary] = field(default_factory=dict[str, Canary])
    erased_people: set[str] = field(default_factory=set[str])
    erased_polls: set[str] = field(default_factory=set[str])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    calendars: dict[str, list[tuple[str, int]]] = field(
        default_factory=dict[str, list[tuple[str, int]]]
    )
    replayed: int = 0
    versions_read: int = 0
    wrong: list[str] = field(default_factory=list[str])

    def word(self) -> str:
        """A word that is nowhere else."""
        return f"cny{secrets.token_hex(8)}"

    def about_person(
        self, word: str, poll: str, person: str, *, is_name: bool, hidden: bool
    ) -> None:
        self.canaries[word] = Canary(word, poll, person, is_name, hidden)

    def about_poll(self, word: str, poll: str) -> None:
        self.canaries[word] = Canary(word, poll, "", is_name=False, names_hidden=False)

    def overhears(self, viewer: Viewer, where: str, text: str) -> None:
        """Note what this viewer was told and should not have been (I17)."""
        for word in set(_CANARY.findall(text)):
            canary = self.canaries.get(word)
            if canary and not viewer.may_read(canary):
                self.wrong.append(f"I17: {where} told {viewer} of {canary}")

    def answered(self, attempt: Attempt, where: str) -> None:
        """Note an answer that tells of no fault that is to be expected (I18)."""
        if attempt.status >= 500 and attempt.status != 503:
            self.wrong.append(f"I18: {where} was answered {attempt.status} {attempt.code}")
        if attempt.status in (429, 503) and not attempt.retry_after:
            self.wrong.append(f"I18: {where} was answered {attempt.status} without Retry-After")

    def sees_version(self, subject: str, least: int, version: int) -> None:
        """A version that was read; `least` had been seen before that request (I9)."""
        self.versions_read += 1
        if version < least:
            self.wrong.append(f"I9: {subject} went back from version {least} to {version}")
        self.versions[subject] = max(version, self.versions.get(subject, 0))

    def acknowledged(self, *kinds: str) -> Iterator[Command]:
        return (c for c in self.commands if c.outcome == "acknowledged" and c.kind in kinds)

    def attempts(self) -> Iterable[Attempt]:
        yield from self.reads
        for command in self.commands:
            yield from command.attempts
