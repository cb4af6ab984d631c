"""What an organiser asks for, as it comes in: the body that opens a poll, and its merge patch.

Each value is checked by itself here; what depends on the clock, on the zone or on several values
is in `details`.
"""

from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from chassis.bodies import Duration, InstantOrLocal, StrictBody, Text, Title, Zone
from chassis.rule_bodies import Length, Rules
from contracts.polls import Weekday
from poll_api import examples

_DAY = timedelta(days=1)


def _divides_a_day(step: timedelta) -> timedelta:
    if step < timedelta(minutes=1) or step % timedelta(minutes=1) or _DAY % step:
        raise PydanticCustomError("bad_step", "must be whole minutes that divide 24 hours")
    return step


def _time_of_day(value: Any) -> Any:
    """Only `HH:MM`: pydantic itself would take seconds, offsets and numbers too."""
    if isinstance(value, time):
        return value
    try:
        return datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007  # no date, so no zone
    except (TypeError, ValueError):
        raise PydanticCustomError("not_a_time", "must be a time of day like 09:00") from None


def _distinct(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    if not days:
        raise PydanticCustomError("too_short", "must name a day")
    if len(set(days)) < len(days):
        raise PydanticCustomError("duplicate", "must not name a day twice")
    return tuple(sorted(days, key=get_args(Weekday).index))


Step = Annotated[Duration, AfterValidator(_divides_a_day)]
TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
Days = Annotated[
    tuple[Weekday, ...],
    AfterValidator(_distinct),
    Field(json_schema_extra={"minItems": 1, "maxItems": 7, "uniqueItems": True}),
]
Access = Literal["link", "public", "invited"]
MOST_INVITED = 1_000
Invited = Annotated[
    tuple[UUID, ...],
    Field(
        max_length=MOST_INVITED,
        description="Accounts that may look where `access` is `invited`. Whether there are such "
        "accounts is not said",
    ),
    AfterValidator(lambda accounts: tuple(sorted(set(accounts)))),
]
Names = Literal["everyone", "organiser"]
Results = Literal["everyone", "after_close", "organiser"]


class Window(StrictBody):
    """The meeting lies in `[start, end)`. Without an offset: local to the poll's `timezone`."""

    start: InstantOrLocal
    end: InstantOrLocal


class DailyHours(StrictBody):
    """The usable part of each local day; an `end` at or before `start` is on the next day."""

    start: TimeOfDay
    end: TimeOfDay
    days: Days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Visibility(StrictBody):
    names: Names = "everyone"
    results: Results = "everyone"


class Proposal(StrictBody):
    """Everything about a poll that its organiser chooses."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROPOSAL]})

    title: Title
    description: Text | None = None
    timezone: Zone | None = Field(default=None, description="IANA name; without it UTC")
    window: Window
    duration: Length
    step: Step = timedelta(minutes=15)
    daily_hours: DailyHours | None = None
    deadline: InstantOrLocal | None = None
    access: Access = "link"
    invited: Invited = ()
    visibility: Visibility = Visibility()
    rules: Rules = Rules()
