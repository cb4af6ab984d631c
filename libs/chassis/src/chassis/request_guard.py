"""The first layer that looks at a request: refuses what no route should have to think about."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import unquote_to_bytes

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.problems import FieldError, Problem, invalid

Body = TypeVar("Body", bytes, bytearray)

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# JSON allows any control character as an escape; PostgreSQL has no place for NUL, and nobody
# has a use for the others except the three that break lines and columns.
_SUSPECT = re.compile(rb"\\u00[01789]|\\[bf]|\x7f|\xc2[\x80-\x9f]", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x1f\x7f]")

MOST_TARGET_BYTES = 8192
MOST_PARAMETERS = 200
MOST_HEADERS = 100
MOST_HEADER_BYTES = 32_768
# Around the value: the colon, a space and the end of the line.
_BETWEEN_HEADERS = 4


class RequestGuard:
    """ASGI middleware: bounded heads and bodies, JSON only, bounded depth, no control characters.

    A body is read whole before the route sees it, so a refusal leaves nothing half done.
    `other_media` says by the ends of paths which media types are passed on unread: the routes
    there check them.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        max_json_depth: int,
        body_timeout_s: float,
        other_media: Mapping[str, frozenset[str]],
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._max_json_depth = max_json_depth
        self._body_timeout_s = body_timeout_s
        self._other_media = other_media

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _check_headers(scope)
            _check_target(scope)
            body = await self._read(scope, receive)
            if body is None:
                return
            if body:
                _check_encoding(scope)
                self._check(body, scope)
        except Problem as problem:
            await problem.response(scope["path"])(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """Return the body; None when the client went away in the middle of it."""
        declared = _header(scope, b"content-length")
        if declared.isdigit() and int(declared) > self._max_body_bytes:
            raise self._too_large()
        first = await receive()
        if first["type"] == "http.request" and first.get("more_body", False):
            try:
                async with asyncio.timeout(self._body_timeout_s):
                    return await self._read_on(first["body"], receive)
            except TimeoutError:
                raise Problem("too_slow", headers={"Connection": "close"}) from None
        return None if first["type"] == "http.disconnect" else self._bounded(first.get("body", b""))

    async def _read_on(self, begun: bytes, receive: Receive) -> bytes | None:
        body = bytearray(begun)
        while True:
            self._bounded(body)
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body", False):
                return bytes(self._bounded(body))

    def _bounded(self, body: Body) -> Body:
        if len(body) > self._max_body_bytes:
            raise self._too_large()
        return body

    def _check(self, body: bytes, scope: Scope) -> None:
        media = _header(scope, b"content-type").partition(";")[0].strip().lower()
        others = self._others(scope["path"])
        if media in others:
            return
        if media != "application/json" and not (
            media.startswith("application/") and media.endswith("+json")
        ):
            accepted = ", ".join(("application/json", *sorted(others)))
            raise Problem("unsupported_media_type", headers={"Accept": accepted})
        if _deeper_than(self._max_json_depth, body):
            raise Problem("not_json", f"The body is nested deeper than {self._max_json_depth}.")
        if _SUSPECT.search(body):
            _refuse_control_characters(body)

    def _others(self, path: str) -> frozenset[str]:
        ends = (end for end in self._other_media if path.endswith(end))
        return frozenset[str]().union(*(self._other_media[end] for end in ends))

    def _too_large(self) -> Problem:
        return Problem("too_large", f"A body may have {self._max_body_bytes} bytes.")


def _check_headers(scope: Scope) -> None:
    headers = scope["headers"]
    size = sum(len(name) + len(value) + _BETWEEN_HEADERS for name, value in headers)
    if len(headers) > MOST_HEADERS or size > MOST_HEADER_BYTES:
        raise Problem("headers_too_large")


def _check_encoding(scope: Scope) -> None:
    if _header(scope, b"content-encoding").strip().lower() not in ("", "identity"):
        raise Problem(
            "unsupported_media_type",
            "Send the body as it is, not compressed.",
            headers={"Accept-Encoding": "identity"},
        )


def _check_target(scope: Scope) -> None:
    query: bytes = scope["query_string"]
    size = len(scope.get("raw_path") or scope["path"].encode()) + len(query)
    if size > MOST_TARGET_BYTES or query.count(b"&") >= MOST_PARAMETERS:
        raise Problem("target_too_long")
    if _CONTROL_BYTES.search(scope["path"].encode("utf-8", "replace")):
        raise Problem("not_found")
    if _CONTROL_BYTES.search(unquote_to_bytes(query)):
        raise Problem("bad_header", "The query string contains control characters.")


def _deeper_than(most: int, body: bytes) -> bool:
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    for _ in range(most):
        # Each round takes the innermost pairs away, so the rounds count the depth.
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def _refuse_control_characters(body: bytes) -> None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return  # not JSON: the route's own parser says where
    pointers = list(_pointers_to_control_characters(document, ""))
    if pointers:
        detail = "must not contain control characters"
        raise invalid(*(FieldError(pointer, "control_character", detail) for pointer in pointers))


def _pointers_to_control_characters(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, str):
        if _CONTROL.search(value):
            yield pointer
    elif isinstance(value, dict):
        for key, item in cast(dict[str, Any], value).items():
            if _CONTROL.search(key):
                yield pointer
            step = key.replace("~", "~0").replace("/", "~1")
            yield from _pointers_to_control_characters(item, f"{pointer}/{step}")
    elif isinstance(value, list):
        for index, item in enumerate(cast(list[Any], value)):
            yield from _pointers_to_control_characters(item, f"{pointer}/{index}")


def _replay(body: bytes, receive: Receive) -> Receive:
    delivered = False

    async def replay() -> Message:
        nonlocal delivered
        if delivered:
            return await receive()
        delivered = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _header(scope: Scope, wanted: bytes) -> str:
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return ""
