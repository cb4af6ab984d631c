"""Facts about participants and their schedules: what availability decides. Key: the poll's id.

Each says against which sequence of the poll's facts it was checked. None carries a name.
"""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.fact import Fact, Instant, State, TokenHash, Value

Preference = Literal["preferred", "available", "if_needed"]
Role = Literal["required", "optional"]


class FreeInterval(Value):
    """Half-open `[start, end)` in which the participant is free."""

    start: Instant
    end: Instant
    preference: Preference = "available"


class ScheduleFact(Fact):
    poll_id: UUID
    participant_id: UUID
    polls_sequence: int


class ParticipantJoined(ScheduleFact):
    TYPE: ClassVar[str] = "commontime.participant.joined.v1"

    edit_hash: TokenHash
    joined_at: Instant


class ParticipantRevised(ScheduleFact):
    """What the organiser says of a participant, as it is from now on."""

    TYPE: ClassVar[str] = "commontime.participant.revised.v1"

    role: Role
    weight: int
    groups: tuple[str, ...]
    revised_at: Instant


class ScheduleSubmitted(ScheduleFact):
    """Replaces the whole schedule. Intervals are merged and ordered; preferences do not overlap."""

    TYPE: ClassVar[str] = "commontime.schedule.submitted.v1"

    intervals: tuple[FreeInterval, ...]
    submitted_at: Instant


class ScheduleWithdrawn(ScheduleFact):
    """The participant stays, unanswered."""

    TYPE: ClassVar[str] = "commontime.schedule.withdrawn.v1"

    withdrawn_at: Instant


class ParticipantLinkRotated(ScheduleFact):
    """The edit link whose capability has this hash is the one that works from now on."""

    TYPE: ClassVar[str] = "commontime.participant.link-rotated.v1"

    edit_hash: TokenHash
    rotated_at: Instant


class ParticipantErased(ScheduleFact):
    """The participant is gone and counts no more. An erased id beats any later profile."""

    TYPE: ClassVar[str] = "commontime.participant.erased.v1"

    erased_at: Instant


class ParticipantProfile(State):
    """Personal data, here and in one table only. Key: participant id. Erasure is a tombstone."""

    TYPE: ClassVar[str] = "commontime.participant.profile.v1"

    poll_id: UUID
    participant_id: UUID
    name: str
    email: str | None = None
    note: str | None = None
    timezone: str | None = None
