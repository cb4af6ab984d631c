"""A poll as its owner decides about it, fact by fact."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from chassis.access import hash_of, mint
from contracts.envelope import Envelope
from contracts.fact import Fact, Span
from contracts.polls import (
    Basis,
    PollCancelled,
    PollClosed,
    PollDetails,
    PollErased,
    PollFinalised,
    PollLinkRotated,
    PollOpened,
    PollOwnerChanged,
    PollRegretRaised,
    PollReopened,
)
from inbox.testing.owner import Owner, envelope_of

EVENTS = "/api/v1/events"
NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW + timedelta(days=3)
HOUR = timedelta(hours=1)


class Poll:
    """A poll whose owner is `owner`; each verb is one more fact of it, `ago` before now."""

    def __init__(
        self,
        owner: Owner,
        access: str = "link",
        *,
        ago: timedelta = timedelta(),
        account: UUID | None = None,
        invited: Sequence[UUID] = (),
        title: str = "Planning",
        description: str | None = None,
    ) -> None:
        """`account` owns it; it is for those who are `invited` where `access` says so."""
        self.ago = ago
        self.id, self.event_id, self.participant = uuid4(), uuid4(), uuid4()
        self.organiser, self.answer, self.edit = mint("organiser"), mint("answer"), mint("edit")
        self._owner = owner
        span = Span(start=NOW, end=NOW + timedelta(days=7))
        details = PollDetails.model_validate(
            {
                "title": title,
                "description": description,
                "timezone": "Europe/Berlin",
                "window": span,
                "duration": HOUR,
                "slots": (span,),
                "access": access,
                "invited": tuple(invited),
            }
        )
        self.decided(
            PollOpened(
                poll_id=self.id,
                details=details,
                organiser_hash=hash_of(self.organiser),
                answer_hash=hash_of(self.answer),
                opened_at=NOW,
                owner=account,
            )
        )

    @property
    def sequence(self) -> int:
        return len(self._owner.facts[str(self.id)])

    def decided(self, fact: Fact) -> Envelope:
        made = envelope_of(str(self.id), self.sequence + 1, fact)
        envelope = replace(made, time=datetime.now(UTC) - self.ago)
        self._owner.facts[str(self.id)].append(envelope)
        return envelope

    def finalised(self, start: datetime = START) -> Envelope:
        return self.decided(
            PollFinalised(
                poll_id=self.id,
                start=start,
                end=start + HOUR,
                event_id=self.event_id,
                basis=Basis(polls=self.sequence),
                finalised_at=NOW,
            )
        )

    def regretted(self, better: datetime, people: int) -> None:
        self.decided(
            PollRegretRaised(
                poll_id=self.id,
                start=START,
                better=Span(start=better, end=better + HOUR),
                people=people,
                basis=Basis(polls=self.sequence, schedules=1),
                raised_at=NOW,
            )
        )

    def rotated(self, which: Literal["organiser", "answer"]) -> str:
        """The new link."""
        token = mint(which)
        self.decided(
            PollLinkRotated(poll_id=self.id, which=which, token_hash=hash_of(token), rotated_at=NOW)
        )
        return token

    def handed_to(self, account: UUID | None) -> None:
        self.decided(PollOwnerChanged(poll_id=self.id, owner=account, changed_at=NOW))

    def reopened(self) -> None:
        self.decided(PollReopened(poll_id=self.id, deadline=None, reopened_at=NOW))

    def closed(self, reason: Literal["manual", "deadline"] = "manual") -> None:
        self.decided(PollClosed(poll_id=self.id, reason=reason, closed_at=NOW))

    def cancelled(self) -> None:
        self.decided(PollCancelled(poll_id=self.id, cancelled_at=NOW))

    def erased(self) -> None:
        self.decided(PollErased(poll_id=self.id, erased_at=NOW))

    def __str__(self) -> str:
        return f"{EVENTS}/{self.event_id}"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
