"""Types that request bodies share. What they refuse becomes 422 with a pointer and a code."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError, to_jsonable_python

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?"
)
_LOCAL = r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$"
_DURATION = re.compile(
    r"P(?=\d|T)(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_MOST_MINUTES = 10_000 * 7 * 24 * 60
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class StrictBody(BaseModel):
    """A request body: immutable, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    try:
        moment = datetime.fromisoformat(value.upper()) if match else None
    except ValueError:
        moment = None
    if moment is None:
        raise PydanticCustomError("not_an_instant", "must be like 2026-12-01T09:00:00+01:00")
    if not _FIRST_YEAR <= moment.year < _LAST_YEAR:
        raise PydanticCustomError("out_of_range", "must lie between the years 1970 and 2199")
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _with_offset(value: Any) -> datetime:
    moment = _moment(value)
    if moment.tzinfo is None:
        raise PydanticCustomError("offset_missing", "needs an offset, like +01:00 or Z")
    return moment


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_MINUTES:
        return timedelta(minutes=value)
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError(
            "not_a_duration",
            "must be an ISO 8601 duration in weeks, days, hours, minutes and seconds, like PT1H,"
            " or a number of minutes; not negative, and less than 10,000 weeks",
        )
    return timedelta(**{unit: int(count or 0) for unit, count in match.groupdict().items()})


def iso_duration(duration: timedelta) -> str:
    """As in `PT1H30M`, in days and less: years are of different lengths, and not taken either."""
    rest = duration - timedelta(days=duration.days)
    written = str(to_jsonable_python(rest))
    if not duration.days:
        return written
    return f"P{duration.days}D" + (written.removeprefix("P") if rest else "")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise PydanticCustomError("unknown_zone", "must be an IANA time zone like Europe/Berlin")
    return name


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "must be one line, no control characters")
    return text


def _lines(text: str) -> str:
    if _CONTROL_BUT_LINES.search(text):
        raise PydanticCustomError("control_character", "must not contain control characters")
    return text


Instant = Annotated[datetime, BeforeValidator(_with_offset)]
"""RFC 3339 with an offset (seconds may be left out); held in UTC."""

InstantOrLocal = Annotated[
    datetime,
    BeforeValidator(lambda value: value if isinstance(value, datetime) else _moment(value)),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "pattern": _LOCAL, "description": "local to the time zone"},
            ]
        },
        mode="validation",
    ),
]
"""Like `Instant`; without an offset it stays naive: local to a zone given elsewhere."""

Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(iso_duration, when_used="json"),
    WithJsonSchema({"type": "string", "format": "duration"}, mode="serialization"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "duration"},
                {"type": "integer", "minimum": 0, "description": "minutes"},
            ]
        },
        mode="validation",
    ),
]
"""ISO 8601 in weeks, days, hours, minutes, seconds; or an integer of minutes. Never negative."""

Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
"""An IANA time zone's name."""


def _text(least: int, most: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most)


Title = Annotated[str, _text(1, 200), AfterValidator(_one_line)]
Name = Annotated[str, _text(1, 100), AfterValidator(_one_line)]
Text = Annotated[str, _text(0, 10_000), AfterValidator(_lines)]
Note = Annotated[str, _text(0, 500), AfterValidator(_lines)]


class Interval(StrictBody):
    """Half-open `[start, end)`; the error of an empty one points at its end."""

    start: Instant
    end: Instant

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: datetime, info: ValidationInfo) -> datetime:
        if "start" in info.data and end <= info.data["start"]:
            raise PydanticCustomError("end_not_after_start", "must be after the start")
        return end


class NoSuchLocalTime(ValueError):
    """The clocks skip this local time in this zone."""


def at_zone(local: datetime, zone: str) -> datetime:
    """Return the instant of a local time, in UTC; of one that occurs twice, the first.

    An aware `local` is returned as it is.

    Raises:
        NoSuchLocalTime: the zone's clocks skip it.
    """
    if local.tzinfo is not None:
        return local
    instant = local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(fold=0):
        raise NoSuchLocalTime(f"{local.isoformat()} does not exist in {zone}")
    return instant
