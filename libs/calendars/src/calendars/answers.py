"""How a calendar is answered over HTTP."""

import re
from typing import Any
from unicodedata import category
from urllib.parse import quote

from fastapi import Request, Response

from chassis.conditional import not_modified

MEDIA_TYPE = "text/calendar"
_LONGEST_NAME = 60
_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|%.\s]+')


class CalendarResponse(Response):
    """`text/calendar` in UTF-8."""

    media_type = MEDIA_TYPE


def calendar_answer(request: Request, body: bytes, *, title: str, tag: str) -> Response:
    """The calendar as a file of that title, or 304 for who has what `tag` stands for."""
    answer = not_modified(request, tag)
    if answer is None:
        answer = CalendarResponse(body, headers={"Content-Disposition": disposition(title)})
    answer.headers["ETag"] = tag
    return answer


def disposition(title: str) -> str:
    """`Content-Disposition` with a file name that no system reads as a path or another type."""
    plain = "".join(" " if _is_invisible(character) else character for character in title)
    name = _NOT_IN_FILE_NAMES.sub(" ", plain)[:_LONGEST_NAME].strip() or "meeting"
    return f"attachment; filename=\"meeting.ics\"; filename*=UTF-8''{quote(name, safe='')}.ics"


def shown_as_calendar(example: bytes) -> dict[int | str, dict[str, Any]]:
    """`responses` of an operation that answers with a calendar."""
    content = {"schema": {"type": "string"}, "example": example.decode()}
    description = "An iCalendar object (RFC 5545)"
    return {200: {"description": description, "content": {MEDIA_TYPE: content}}}


def _is_invisible(character: str) -> bool:
    """Controls, lone surrogates, and what turns the direction of the letters after it around."""
    return category(character)[0] == "C"
