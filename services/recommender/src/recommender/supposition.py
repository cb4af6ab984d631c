"""What a caller supposes: the body of a what-if, each value checked by itself.

What depends on the poll, on its people or on several values is checked in `what_if`.
"""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from chassis.bodies import InstantOrLocal, Interval, Name, StrictBody
from chassis.rule_bodies import Length, Rules
from contracts.schedules import FreeInterval, Preference, Role

MOST_ADDED = 100
MOST_INTERVALS = 2_000
MOST_INTERVALS_TOGETHER = 10_000
_MOST_IGNORED = 10_000
_MOST_GROUPS = 50

_EXAMPLE: dict[str, Any] = {
    "duration": "PT90M",
    "rules": {"min_available": 2, "buffer": {"before": "PT15M"}},
    "schedules": {
        "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90": [
            {"start": "2030-12-02T08:00:00Z", "end": "2030-12-02T12:00:00Z"}
        ]
    },
    "add": [
        {
            "name": "Ben",
            "intervals": [
                {
                    "start": "2030-12-02T09:00:00Z",
                    "end": "2030-12-02T11:30:00Z",
                    "preference": "preferred",
                }
            ],
        }
    ],
}

GroupName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


class FreeIntervalBody(Interval):
    preference: Preference = "available"

    def to_fact(self) -> FreeInterval:
        return FreeInterval(start=self.start, end=self.end, preference=self.preference)


Intervals = Annotated[tuple[FreeIntervalBody, ...], Field(max_length=MOST_INTERVALS)]


class Window(StrictBody):
    """Half-open `[start, end)`. Without an offset: local to the poll's time zone."""

    start: InstantOrLocal
    end: InstantOrLocal


class Newcomer(StrictBody):
    """Somebody who has not joined."""

    name: Name
    intervals: Intervals
    role: Role = "optional"
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    groups: Annotated[tuple[GroupName, ...], Field(max_length=_MOST_GROUPS)] = ()


class Supposition(StrictBody):
    """What is left out, or null, is as it is in the poll.

    At most 10,000 intervals altogether.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    duration: Length | None = None
    window: Window | None = Field(
        None, description="Cut to the poll's daily hours; at most 366 days, and it may have passed"
    )
    rules: Rules | None = Field(
        None,
        description="In place of all of the poll's, buffer included; `auto_finalise` has no effect",
    )
    ignore: Annotated[tuple[UUID, ...], Field(max_length=_MOST_IGNORED)] = Field(
        (), description="Participants who are not in the poll for anything"
    )
    schedules: dict[str, Intervals | None] = Field(
        {},
        description="By participant, each in place of the whole schedule; null: not answered",
    )
    add: Annotated[tuple[Newcomer, ...], Field(max_length=MOST_ADDED)] = Field(
        (),
        description="People who join. The id of the n-th is the UUID of version 5 of `added-n`, n "
        "from 0, in the namespace of the poll's id",
    )

    @model_validator(mode="after")
    def _of_bounded_size(self) -> Self:
        if self.size > MOST_INTERVALS_TOGETHER:
            raise PydanticCustomError(
                "too_many_intervals", "must not have more than 10,000 intervals altogether"
            )
        return self

    @property
    def size(self) -> int:
        """How many intervals are given."""
        given = [*self.schedules.values(), *(newcomer.intervals for newcomer in self.add)]
        return sum(len(intervals or ()) for intervals in given)
