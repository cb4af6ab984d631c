"""Serves what was asked before from memory, for as long as nothing about the poll has changed."""

import time
from collections.abc import Callable, Coroutine
from hashlib import blake2b
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Scope

from chassis.access import Credential
from chassis.conditional import not_modified
from recommender.entries import Entry, ReadyAnswer
from recommender.service import service_of

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_ASKED_WITH = frozenset(
    {b"authorization", b"commontime-min-sequence", b"accept", b"accept-encoding"}
)
"""The headers that an answer may depend on."""
_OF_A_BODY = frozenset({b"content-length", b"content-type", b"content-encoding"})
_ANSWER_BYTES = 3_000
_BELIEVED_S = 60
"""An access token is looked at again after so long, if it is good for that long."""


class RememberedRoute(APIRoute):
    """For a `GET` that answers by the poll, the visitor and the query alone, with an ETag.

    The same request gets the same answer before anything is parsed or looked up. An answer belongs
    to the entry it was made of and goes with it.
    """

    def get_route_handler(self) -> Handler:
        answer = super().get_route_handler()

        async def remembering(request: Request) -> Response:
            question, known = _question(request.scope)
            ready = _ready(request, question)
            if ready is not None:
                # Nearly everybody who has an answer has this one and no other.
                if known == ready.etag or (known and not_modified(request, ready.etag.decode())):
                    return ready.unchanged
                return ready.whole
            response = await answer(request)
            _remember(request, question, response)
            return response

        return remembering


def _question(scope: Scope) -> tuple[bytes, bytes]:
    """A digest, so that no capability is kept, and the answer that the client has."""
    asked = [scope["path"].encode(), scope["query_string"]]
    known = b""
    for name, value in scope["headers"]:
        if name in _ASKED_WITH:
            asked += (name, value)
        elif name == b"if-none-match":
            known = value
    return blake2b(b"\0".join(asked), digest_size=32).digest(), known


def _ready(request: Request, question: bytes) -> ReadyAnswer | None:
    try:
        poll_id = UUID(request.scope["path_params"]["poll_id"])
    except ValueError:
        return None
    entry = service_of(request).entries.at_hand(poll_id)
    ready = None if entry is None else entry.answers.get(question)
    return ready if ready is None or ready.until is None or time.time() < ready.until else None


def _remember(request: Request, question: bytes, response: Response) -> None:
    entry: Entry | None = getattr(request.state, "entry", None)
    etag = response.headers.get("etag")
    if entry is None or etag is None or response.status_code != 200:
        return
    unchanged = Response(status_code=304)
    unchanged.raw_headers = [
        header for header in response.raw_headers if header[0] not in _OF_A_BODY
    ]
    ready = ReadyAnswer(response, unchanged, etag.encode(), _good_until(request.state.shown))
    service_of(request).entries.remember(entry, question, ready, len(response.body) + _ANSWER_BYTES)


def _good_until(shown: Credential) -> float | None:
    if shown.expires_at is None:
        return None
    return min(shown.expires_at.timestamp(), time.time() + _BELIEVED_S)
