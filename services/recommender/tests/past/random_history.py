"""A poll to which random things happen, one fact after the other."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.fact import Span
from contracts.polls import Buffer, GroupRule, PollClosed, PollReopened, PollRevised, Rules
from contracts.schedules import ParticipantRevised, Preference
from recommender.testing import AT, START, WINDOW, Others, Person, Poll, details_of, free

KINDS = ("join", *["submit"] * 4, "withdraw", "revise person", "revise poll", "close", "reopen")
PREFERENCES: tuple[Preference, ...] = ("preferred", "available", "available", "if_needed")
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class RandomHistory:
    """Each fact is stored a second after the one before, or as it was, if one owner has both."""

    they: Others
    rng: random.Random
    poll: Poll
    people: list[Person] = field(default_factory=list[Person])
    of_people: bool = False
    seconds: int = 0

    @classmethod
    async def begins(cls, they: Others, seed: int) -> "RandomHistory":
        they.stores_at(BEGIN)
        return cls(they, random.Random(seed), await they.opened())

    @property
    def as_of(self) -> str:
        return f"polls:{self.poll.polls},schedules:{self.poll.schedules}"

    @property
    def instant(self) -> str:
        return self.they.stored_at.isoformat()

    async def goes_on(self) -> None:
        kind = self.rng.choice(KINDS) if self.people else "join"
        self._time_passes(of_people=kind not in ("revise poll", "close", "reopen"))
        if kind == "join":
            self.people.append(await self.they.joined(self.poll))
        elif kind == "submit":
            await self.they.submits(self.poll, self._somebody(), *self._intervals())
        elif kind == "withdraw":
            await self.they.withdraws(self.poll, self._somebody())
        elif kind == "revise person":
            await self._revises_person()
        else:
            await self._changes_poll(kind)

    async def erases_somebody(self) -> Person:
        gone = self.people.pop(self.rng.randrange(len(self.people)))
        await self.they.erases(self.poll, gone)
        return gone

    def _time_passes(self, *, of_people: bool) -> None:
        self.seconds += self.rng.randrange(2) if of_people is self.of_people else 1
        self.of_people = of_people
        self.they.stores_at(BEGIN + timedelta(seconds=self.seconds))

    def _somebody(self) -> Person:
        return self.rng.choice(self.people)

    def _intervals(self) -> list[Any]:
        starts = sorted(self.rng.sample(range(0, 34), 3))
        return [
            free(start / 4, (start + self.rng.randrange(2, 16)) / 4, self.rng.choice(PREFERENCES))
            for start in starts
        ]

    async def _revises_person(self) -> None:
        rng = self.rng
        fact = ParticipantRevised(
            poll_id=self.poll.id,
            participant_id=self._somebody().id,
            polls_sequence=self.poll.polls,
            role=rng.choice(("required", "optional", "optional")),
            weight=rng.randrange(1, 4),
            groups=tuple(rng.sample(("leads", "office"), rng.randrange(3))),
            revised_at=AT,
        )
        await self.they.decides(self.poll, fact)

    async def _changes_poll(self, kind: str) -> None:
        rng, id_ = self.rng, self.poll.id
        if kind == "close":
            fact = PollClosed(poll_id=id_, reason="manual", closed_at=AT)
        elif kind == "reopen":
            fact = PollReopened(poll_id=id_, deadline=None, reopened_at=AT)
        else:
            details = details_of(
                window=Span(start=START + timedelta(hours=rng.randrange(3)), end=WINDOW.end),
                duration=timedelta(minutes=rng.choice((30, 60, 90))),
                rules=Rules(
                    min_available=rng.choice((None, None, 2)),
                    min_percentage=rng.choice((None, None, 50)),
                    groups=rng.choice(((), (GroupRule(name="leads", at_least=1),))),
                    buffer=Buffer(before=timedelta(minutes=rng.choice((0, 15)))),
                ),
            )
            fact = PollRevised(poll_id=id_, details=details, revised_at=AT)
        await self.they.decides(self.poll, fact)
