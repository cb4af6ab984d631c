"""How a reading is answered: its ETag, its sequence, and 304 for who has it already."""

from collections.abc import Callable

from fastapi import Request, Response
from pydantic import BaseModel

from chassis.conditional import etag, not_modified
from chassis.sequences import HEADER, format_sequences
from poll_api.visits import LABEL


def poll_shown(
    request: Request, version: int, shown: Callable[[], BaseModel], audience: bytes | None = None
) -> Response:
    """Something of one poll: its version stands for all that an audience is shown."""
    tag = etag(version, audience)
    headers = {"ETag": tag, HEADER: format_sequences({LABEL: version})}
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return _as_json(shown().model_dump_json(), headers)


def page_shown(request: Request, page: BaseModel) -> Response:
    """No single version stands for a page of polls: its ETag is a digest."""
    body = page.model_dump_json()
    tag = etag(0, body.encode())
    return not_modified(request, tag) or _as_json(body, {"ETag": tag})


def _as_json(body: str, headers: dict[str, str]) -> Response:
    return Response(body, media_type="application/json", headers=headers)
