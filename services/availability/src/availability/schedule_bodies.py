"""How schedules are answered: as intervals, or as the cells of a page on which one paints."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.bodies import Duration
from contracts.schedules import FreeInterval

_POLL = "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90"
_ANN = "019a6f2c-9a01-7c3a-9b4f-2f6d1a5e7c91"
_BEN = "019a6f2c-9b02-7c3a-9b4f-2f6d1a5e7c92"
_SCHEDULE: dict[str, Any] = {
    "poll_id": _POLL,
    "participant_id": _ANN,
    "answered": True,
    "intervals": [
        {
            "start": "2026-12-01T08:00:00Z",
            "end": "2026-12-01T11:00:00Z",
            "preference": "preferred",
        }
    ],
}
_BITS: dict[str, Any] = {
    "poll_id": _POLL,
    "cell": "PT30M",
    "cells": 10,
    "slots": [{"start": "2026-12-01T08:00:00Z", "end": "2026-12-01T13:00:00Z", "cells": 10}],
    "items": [
        {
            "participant_id": _ANN,
            "answered": True,
            "free": "fwA",
            "preferred": "PwA",
            "if_needed": "QAA",
        },
        {
            "participant_id": _BEN,
            "answered": False,
            "free": None,
            "preferred": None,
            "if_needed": None,
        },
    ],
    "next": None,
}


class Schedule(BaseModel):
    """`answered` is false before the first schedule and after a withdrawal."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SCHEDULE]})

    poll_id: UUID
    participant_id: UUID
    answered: bool
    intervals: tuple[FreeInterval, ...]


class SchedulePage(BaseModel):
    """Ends before its `limit` where the schedules are long: go on with `next`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_SCHEDULE], "next": None}]}
    )

    items: tuple[Schedule, ...]
    next: UUID | None


class SlotOfCells(BaseModel):
    """The first cell begins at `start`; the last may be cut by `end`."""

    start: datetime
    end: datetime
    cells: int


class ScheduleInCells(BaseModel):
    """Base64url without padding: cell n is bit `n % 8`, the lowest first, of byte `n // 8`.

    Null without an answer. Counted by cell over everybody, the three are the heatmap's.
    """

    participant_id: UUID
    answered: bool
    free: str | None = Field(description="Free for the whole cell, at any level")
    preferred: str | None = Field(description="Of those, cells preferred throughout")
    if_needed: str | None = Field(
        description="Of those, cells to at least a part of which they come only if needed"
    )


class CellPage(BaseModel):
    """Cells are numbered through all slots, in order of time; `cells` is how many there are."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BITS]})

    poll_id: UUID
    cell: Duration
    cells: int
    slots: tuple[SlotOfCells, ...]
    items: tuple[ScheduleInCells, ...]
    next: UUID | None
