"""What an organiser asks for, as it comes in: the body that opens a poll, and its merge patch.

Each value is checked by itself here; what depends on the clock, on the zone or on several values
is in `details`.
"""

from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from chassis.bodies import Duration, InstantOrLocal, Name, StrictBody, Text, Title, Zone
from contracts.polls import Weekday
from poll_api import examples

_DAY = timedelta(days=1)
_LONGEST_BUFFER = _DAY
_MOST_PEOPLE = 10_000


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta():
        raise PydanticCustomError("not_positive", "must be longer than nothing")
    return duration


def _divides_a_day(step: timedelta) -> timedelta:
    if step < timedelta(minutes=1) or step % timedelta(minutes=1) or _DAY % step:
        raise PydanticCustomError("bad_step", "must be whole minutes that divide 24 hours")
    return step


def _at_most_a_day(buffer: timedelta) -> timedelta:
    if buffer > _LONGEST_BUFFER:
        raise PydanticCustomError("too_long", "must not be longer than 24 hours")
    return buffer


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


Length = Annotated[Duration, AfterValidator(_positive)]
Step = Annotated[Duration, AfterValidator(_divides_a_day)]
Padding = Annotated[Duration, AfterValidator(_at_most_a_day)]
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
Count = Annotated[int, Field(ge=1, le=_MOST_PEOPLE)]
Percentage = Annotated[int, Field(ge=1, le=100)]
Access = Literal["link", "public"]
Names = Literal["everyone", "organiser"]
Results = Literal["everyone", "after_close", "organiser"]
When = Literal["everyone_answered", "rules_met"]


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


class GroupRule(StrictBody):
    name: Name
    at_least: Count


class Buffer(StrictBody):
    before: Padding = timedelta()
    after: Padding = timedelta()


class AutoFinalise(StrictBody):
    when: When
    expected: Count | None = Field(default=None, validate_default=True)

    @field_validator("expected")
    @classmethod
    def _known_where_needed(cls, expected: int | None, info: ValidationInfo) -> int | None:
        if expected is None and info.data.get("when") == "everyone_answered":
            raise PydanticCustomError("missing", "says how many people `everyone` is")
        return expected


class Rules(StrictBody):
    min_available: Count | None = None
    min_percentage: Percentage | None = None
    groups: Annotated[tuple[GroupRule, ...], Field(max_length=50)] = ()
    buffer: Buffer = Buffer()
    auto_finalise: AutoFinalise | None = None

    @field_validator("groups")
    @classmethod
    def _named_once(cls, groups: tuple[GroupRule, ...]) -> tuple[GroupRule, ...]:
        if len({group.name for group in groups}) < len(groups):
            raise PydanticCustomError("duplicate", "must not name a group twice")
        return groups

    @field_validator("auto_finalise")
    @classmethod
    def _has_a_rule_to_meet(
        cls, auto_finalise: AutoFinalise | None, info: ValidationInfo
    ) -> AutoFinalise | None:
        rules = (info.data.get(name) for name in ("min_available", "min_percentage", "groups"))
        if auto_finalise and auto_finalise.when == "rules_met" and not any(rules):
            raise PydanticCustomError("no_rule", "`rules_met` needs at least one rule to meet")
        return auto_finalise


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
    visibility: Visibility = Visibility()
    rules: Rules = Rules()
