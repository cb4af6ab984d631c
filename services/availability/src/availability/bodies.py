"""What comes in and what goes out over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from chassis.bodies import Interval, Name, StrictBody, Text, Zone
from contracts.schedules import FreeInterval, Preference, Role

MAX_INTERVALS = 2_000
MAX_GROUPS = 50
PROFILE_PARTS = frozenset({"name", "email", "note", "timezone"})

GroupName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$",
    ),
]


class JoinBody(StrictBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Ann", "timezone": "Europe/Berlin"}]}
    )

    name: Name
    email: Email | None = None
    note: Text | None = None
    timezone: Zone | None = None


class ReviseBody(StrictBody):
    """Only what is sent changes.

    Name, e-mail, note and zone are the participant's to change, the rest is the organiser's.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"weight": 3, "groups": ["leads"]}]})

    name: Name | None = None
    email: Email | None = None
    note: Text | None = None
    timezone: Zone | None = None
    role: Role | None = None
    weight: Annotated[int, Field(ge=1, le=100)] | None = None
    groups: Annotated[tuple[GroupName, ...], Field(max_length=MAX_GROUPS)] | None = None

    @field_validator("name", "role", "weight", "groups", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("null", "must not be null; leave it out to keep it")
        return value

    @property
    def touches_profile(self) -> bool:
        return bool(self.model_fields_set & PROFILE_PARTS)

    @property
    def touches_standing(self) -> bool:
        return bool(self.model_fields_set - PROFILE_PARTS)


class FreeIntervalBody(Interval):
    preference: Preference = "available"

    def to_fact(self) -> FreeInterval:
        return FreeInterval(start=self.start, end=self.end, preference=self.preference)


class ScheduleBody(StrictBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "intervals": [
                        {
                            "start": "2026-12-01T09:00:00+01:00",
                            "end": "2026-12-01T12:00:00+01:00",
                            "preference": "preferred",
                        }
                    ]
                }
            ]
        }
    )

    intervals: Annotated[tuple[FreeIntervalBody, ...], Field(max_length=MAX_INTERVALS)]


class EditCapability(BaseModel):
    edit: str


class Participant(BaseModel):
    """`name`, `email` and `note` are null where the caller may not see them."""

    id: UUID
    poll_id: UUID
    name: str | None
    email: str | None = None
    note: str | None = None
    timezone: str | None = None
    role: Role
    weight: int
    groups: tuple[str, ...]
    answered: bool
    joined_at: datetime


class JoinedParticipant(Participant):
    """Shown this once, and again to a repetition with the same `Idempotency-Key`."""

    capabilities: EditCapability
    links: EditCapability


class RotatedLink(BaseModel):
    """Shown this once, and again to a repetition with the same `Idempotency-Key`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "participant_id": "019a6f2c-9a01-7c3a-9b4f-2f6d1a5e7c91",
                    "capability": "ct_edt_…",
                    "link": "https://commontime.example/p/019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90#ct_edt_…",
                }
            ]
        }
    )

    participant_id: UUID
    capability: str
    link: str


class Schedule(BaseModel):
    """`answered` is false before the first schedule and after a withdrawal."""

    poll_id: UUID
    participant_id: UUID
    answered: bool
    intervals: tuple[FreeInterval, ...]


class ParticipantPage(BaseModel):
    items: tuple[Participant, ...]
    next: UUID | None


class SchedulePage(BaseModel):
    items: tuple[Schedule, ...]
    next: UUID | None
