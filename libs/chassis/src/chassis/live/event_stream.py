"""Server-Sent Events to one viewer, for as long as they watch."""

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from random import Random

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.graceful_server import DRAIN_S
from chassis.live.viewer import Viewer
from chassis.tasks import end

MEDIA_TYPE = "text/event-stream"
# Not while the process that sent them away still answers, and refuses: browsers try only once.
_AFTER_DRAINING_MS = int(DRAIN_S * 1_000) + 500
_RETRY_MS = (_AFTER_DRAINING_MS, _AFTER_DRAINING_MS + 2_000)
"""When to come again after an end: not all at once, where one process sent all away."""
_LAST_WORDS_S = 0.5

_rng = Random()  # noqa: S311  # spreads reconnecting, keeps no secret


class EventStream(Response):
    """Nothing is kept for a viewer who does not read, beyond what the connection holds.

    `watching` is entered before the answer begins, and may still refuse with a problem. After
    `ping_s` seconds without news the viewer gets a ping. The stream ends at `until`, when the token
    that opened it is good no longer.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        viewer: Viewer,
        watching: AbstractAsyncContextManager[None],
        *,
        ping_s: float,
        until: datetime | None = None,
    ) -> None:
        self._viewer = viewer
        self._watching = watching
        self._ping_s = ping_s
        self._until = until
        self.status_code = 200
        self.background = None
        self.body = b""
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._watching:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": [h for h in self.raw_headers if h[0] != b"content-length"],
                }
            )
            await self._until_the_end(receive, send)
        # Whoever does not read cannot be told that it is over.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _until_the_end(self, receive: Receive, send: Send) -> None:
        viewer, leaving = self._viewer, asyncio.create_task(_gone(receive))
        leaving.add_done_callback(lambda _: viewer.end())
        try:
            async with asyncio.timeout(self._seconds_left()) as watching:
                viewer.on_end(lambda: None if watching.expired() else watching.reschedule(0))
                await self._tell(send)
        except TimeoutError:
            pass
        finally:
            viewer.on_end(None)
            await end(leaving)

    def _seconds_left(self) -> float | None:
        return None if self._until is None else (self._until - datetime.now(UTC)).total_seconds()

    async def _tell(self, send: Send) -> None:
        chunk = b"retry: %d\n\n" % _rng.randint(*_RETRY_MS)
        while True:
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            try:
                async with asyncio.timeout(self._ping_s):
                    chunk = await self._viewer.news()
            except TimeoutError:
                chunk = self._viewer.ping()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
