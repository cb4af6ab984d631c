"""What an organiser demands of a time, as a request body: set on a poll, or only supposed."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chassis.bodies import Duration, Name, StrictBody

_LONGEST_BUFFER = timedelta(days=1)
_MOST_PEOPLE = 10_000


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta():
        raise PydanticCustomError("not_positive", "must be longer than nothing")
    return duration


def _at_most_a_day(buffer: timedelta) -> timedelta:
    if buffer > _LONGEST_BUFFER:
        raise PydanticCustomError("too_long", "must not be longer than 24 hours")
    return buffer


Length = Annotated[Duration, AfterValidator(_positive)]
Padding = Annotated[Duration, AfterValidator(_at_most_a_day)]
Count = Annotated[int, Field(ge=1, le=_MOST_PEOPLE)]
Percentage = Annotated[int, Field(ge=1, le=100)]
When = Literal["everyone_answered", "rules_met"]


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
