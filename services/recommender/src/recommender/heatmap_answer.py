"""The heatmap as it is answered: its description, and its rendering without these classes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
from pydantic import ConfigDict, Field

from recommender.bodies import AsOf, Participants, Shown
from recommender.iso import iso_duration, iso_instant
from recommender.ranking.heatmap import Heatmap

_EXAMPLE: dict[str, Any] = {
    "poll_id": "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90",
    "as_of": {"polls": 1, "schedules": 6},
    "duration": "PT1H",
    "cell": "PT30M",
    "participants": {"total": 3, "answered": 3},
    "slots": [
        {
            "start": "2030-12-02T09:00:00Z",
            "end": "2030-12-02T10:45:00Z",
            "free": [2, 2, 3, 3],
            "if_needed": [0, 0, 1, 1],
            "preferred": [1, 1, 0, 0],
            "starts": [1, 2, 0, 0],
        }
    ],
}


class HeatmapSlot(Shown):
    """Numbers of people, by cell: the first begins at `start`, the last may be cut by `end`."""

    start: datetime
    end: datetime
    free: tuple[int, ...] = Field(description="Free for the whole cell, at any level")
    if_needed: tuple[int, ...] = Field(
        description="Of those, who come to at least a part of the cell only if needed"
    )
    preferred: tuple[int, ...] = Field(description="Of those, who prefer the whole cell")
    starts: tuple[int, ...] = Field(
        description="Can come to a meeting that begins with the cell, for the whole `duration` and "
        "the buffers around it"
    )


class HeatmapAnswer(Shown):
    """The poll's slots, each divided into cells; `participants` are those counted."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    poll_id: UUID
    as_of: AsOf
    duration: timedelta
    cell: timedelta
    participants: Participants
    slots: tuple[HeatmapSlot, ...]


def render_heatmap(
    found: Heatmap,
    *,
    poll_id: str,
    as_of: Mapping[str, int],
    duration: int,
    cell: int,
    participants: Mapping[str, int],
) -> bytes:
    """JSON; `duration` and `cell` in microseconds."""
    counts = {
        "free": found.free,
        "if_needed": found.if_needed,
        "preferred": found.preferred,
        "starts": found.starts,
    }
    until = found.cells.per_slot.cumsum().tolist()
    slots = [
        {
            "start": iso_instant(int(found.cells.start[first])),
            "end": iso_instant(int(found.cells.end[beyond - 1])),
            **{name: numbers[first:beyond] for name, numbers in counts.items()},
        }
        for first, beyond in pairwise([0, *until])
    ]
    return orjson.dumps(
        {
            "poll_id": poll_id,
            "as_of": as_of,
            "duration": iso_duration(duration),
            "cell": iso_duration(cell),
            "participants": participants,
            "slots": slots,
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )
