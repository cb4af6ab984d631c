"""From a request with a calendar to what it comes to: in a worker, or refused with the line."""

import math
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from availability.bodies import MAX_INTERVALS
from availability.calendars.bodies import (
    Counts,
    FreeSpan,
    ImportedCalendar,
    PastedCalendar,
    Remarked,
    Span,
)
from availability.calendars.importing import Wish
from availability.calendars.workers import TooSlow, Workers
from chassis.problems import FieldError, Problem, invalid
from contracts.fact import Span as Window

FORM = "multipart/form-data"
CALENDAR = "text/calendar"


@dataclass(frozen=True)
class Sent:
    """A calendar as it came; `form` is the header of the form that has it as a file."""

    content: bytes
    pointer: str = ""
    form: str | None = None


async def sent(request: Request) -> Sent:
    """The body, whichever way it came. Raises the problems `not_json` and `invalid`."""
    header = request.headers.get("content-type", "")
    media = header.partition(";")[0].strip().lower()
    body = await request.body()
    if media == CALENDAR:
        return Sent(body)
    if media == FORM:
        return Sent(body, form=header)
    try:
        pasted = PastedCalendar.model_validate(orjson.loads(body or b"{}"))
    except orjson.JSONDecodeError as error:
        raise Problem("not_json", f"At character {error.pos}: {error.msg}") from None
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        wrong = [{**one, "loc": ("body", *one["loc"])} for one in found]
        raise RequestValidationError(wrong) from None
    return Sent(pasted.calendar.encode(), "/calendar")


def whole_seconds(window: Window) -> tuple[int, int]:
    """The window's seconds: calendars know no parts of them."""
    return math.ceil(window.start.timestamp()), math.floor(window.end.timestamp())


async def look_into(workers: Workers, calendar: Sent, wish: Wish) -> ImportedCalendar:
    """What it comes to. Raises the problems `invalid` and `overloaded`."""
    try:
        answer = await workers.ask(calendar.content, calendar.form, wish)
    except TooSlow:
        raise _refused(calendar, "calendar_too_slow", "takes too long to be read") from None
    if error := answer.get("error"):
        if error == "fault":
            raise RuntimeError(f"a calendar was not understood: {answer['detail']}")
        raise _refused(calendar, error, answer["detail"])
    if len(answer["free"]) > MAX_INTERVALS:
        detail = f"leaves {len(answer['free'])} free intervals; {MAX_INTERVALS} at most are taken"
        raise _refused(calendar, "too_many_intervals", detail)
    return _imported(answer)


def _imported(answer: dict[str, Any]) -> ImportedCalendar:
    return ImportedCalendar(
        busy=tuple(Span.of(*one) for one in answer["busy"]),
        free=tuple(FreeSpan.of(*one) for one in answer["free"]),
        counts=Counts(
            events=answer["events"], instances=answer["instances"], ignored=answer["ignored"]
        ),
        warnings=tuple(Remarked(**one) for one in answer["warnings"]),
    )


def _refused(calendar: Sent, code: str, detail: str) -> Problem:
    return invalid(FieldError(calendar.pointer, code, detail))
