"""Uvicorn's HTTP/1.1 protocol with bounds on heads: on their size, and on the time they may take.

Without them a client could send headers for ever, or one byte a minute, and hold memory and a
connection that nobody has asked anything on.
"""

import asyncio
from typing import cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from chassis.problems import MEDIA_TYPE, Problem

HEAD_TIMEOUT_S = 15.0
# What `chassis.request_guard` refuses at less comes with a proper answer; this is for the rest.
MOST_HEAD_BYTES = 64 * 1024
_REASONS = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class BoundedProtocol(HttpToolsProtocol):
    """Closes connections whose heads are too long or take too long, and answers in problems."""

    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as uvicorn's
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._have_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self._head_timer
        super().data_received(data)
        if before is None or before is not self._head_timer:
            return  # the data began or ended a head, so it was not all of one
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(Problem("headers_too_large"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._have_head()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(Problem("bad_header", "This is not an HTTP request."))

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._too_late)

    def _have_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_late(self) -> None:
        self._refuse(Problem("too_slow", "The head of the request did not come in time."))

    def _refuse(self, problem: Problem) -> None:
        self._have_head()
        cycle = cast(RequestResponseCycle | None, self.cycle)
        if cycle is not None and not cycle.response_complete:
            # Another request's answer is on its way: a second one inside of it would be nonsense.
            self.transport.close()
        if self.transport.is_closing():
            return
        body = orjson.dumps(problem.document("/"))
        head = [
            b"HTTP/1.1 %d %s" % (problem.kind.status, _REASONS[problem.kind.status]),
            b"content-type: " + MEDIA_TYPE.encode(),
            b"content-length: %d" % len(body),
            b"x-content-type-options: nosniff",
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*head, b"", body]))
        self.transport.close()
