"""What comes in and what goes out over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from chassis.bodies import Interval, Name, Note, StrictBody, Zone
from contracts.schedules import FreeInterval, Preference, Role

MAX_INTERVALS = 2_000
MAX_GROUPS = 50
_POLL = "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90"
_ANN_ID = "019a6f2c-9a01-7c3a-9b4f-2f6d1a5e7c91"
_ANN_LINK = f"https://commontime.example/p/{_POLL}#ct_edt_…&participant={_ANN_ID}"
_BEN = "019a6f2c-9b02-7c3a-9b4f-2f6d1a5e7c92"
_ANN: dict[str, Any] = {
    "id": _ANN_ID,
    "poll_id": _POLL,
    "name": "Ann",
    "email": None,
    "note": None,
    "timezone": None,
    "role": "optional",
    "weight": 1,
    "groups": [],
    "answered": True,
    "joined_at": "2026-11-20T10:00:00Z",
}
PROFILE_PARTS = frozenset({"name", "email", "note", "timezone"})

GroupName = Annotated[Name, StringConstraints(max_length=50)]
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
    note: Note | None = None
    timezone: Zone | None = None


class ReviseBody(StrictBody):
    """Only what is sent changes.

    Name, e-mail, note and zone are the participant's to change, the rest is the organiser's.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"weight": 3, "groups": ["leads"]}]})

    name: Name | None = None
    email: Email | None = None
    note: Note | None = None
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
    """`name`, `email`, `note` and `timezone` are null where the caller may not see them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ANN]})

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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_ANN,
                    "answered": False,
                    "capabilities": {"edit": "ct_edt_…"},
                    "links": {"edit": _ANN_LINK},
                }
            ]
        }
    )

    capabilities: EditCapability
    links: EditCapability


class RotatedLink(BaseModel):
    """Shown this once, and again to a repetition with the same `Idempotency-Key`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "participant_id": _ANN_ID,
                    "capability": "ct_edt_…",
                    "link": _ANN_LINK,
                }
            ]
        }
    )

    participant_id: UUID
    capability: str
    link: str


class Totals(BaseModel):
    """Of everybody in the poll, whatever the filter."""

    total: int
    answered: int
    unanswered: int


class ParticipantPage(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "totals": {"total": 2, "answered": 1, "unanswered": 1},
                    "items": [_ANN, {**_ANN, "id": _BEN, "name": "Ben", "answered": False}],
                    "next": None,
                }
            ]
        }
    )

    totals: Totals
    items: tuple[Participant, ...]
    next: UUID | None
