"""A uvicorn server that loses no request when it is told to stop, and stops within ten seconds.

After SIGTERM it goes on answering for a moment, with readiness red and every connection closed
after its answer, so that load balancers and clients move away. Then it stops listening, lets
running requests end, and leaves the application's lifespan.
"""

import asyncio
import gc
import sys
from collections.abc import Sequence
from socket import socket
from time import monotonic
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp

from chassis.bounded_protocol import BoundedProtocol
from chassis.draining import Draining
from chassis.tasks import end
from chassis.tracing import finish_tracing

DRAIN_S = 2.0
_FINISH_REQUESTS_S = 4
_WHOLE_STOP_S = 9.5
# How often it is looked for a signal until the server runs, which looks as often by itself.
_LOOK_S = 0.1
# Longer than gateways keep theirs, so that it is never we who close a connection under a request.
_KEEP_ALIVE_S = 75

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


def uvicorn_config(app: ASGIApp, *, host: str, port: int) -> uvicorn.Config:
    """The server's settings: fast parts, our own logs, no header that names software."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="asyncio" if sys.platform == "win32" else "uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # `chassis.client_address` decides whom to believe, by a setting; uvicorn believes whoever
        # is on the same machine.
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_FINISH_REQUESTS_S,
    )


class GracefulServer(uvicorn.Server):
    """`draining` are the applications' own, one per application behind this server."""

    def __init__(
        self, config: uvicorn.Config, draining: Sequence[Draining], *, drain_s: float = DRAIN_S
    ) -> None:
        super().__init__(config)
        self._draining = draining
        self._drain_s = drain_s
        self._told_at: float | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        starting = asyncio.create_task(super().startup(sockets))
        while not starting.done() and self._told_at is None:
            await asyncio.wait({starting}, timeout=_LOOK_S)
        if not starting.done():
            # Nobody has been answered yet. What was opened is closed when the loop ends.
            _log.info("told to stop before it was ready")
            await end(starting)
            self.should_exit = True
            return
        await starting
        # What is there now stays: looking through it for garbage again and again would hold up
        # requests for a tenth of a second at a time.
        gc.collect()
        gc.freeze()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal starts draining, a second one stops at once."""
        if self._told_at is None:
            self._told_at = monotonic()
        else:
            self.should_exit = self.force_exit = True

    async def on_tick(self, counter: int) -> bool:
        if self._told_at is not None:
            for draining in self._draining:
                draining.begin()
            drained = monotonic() - self._told_at > self._drain_s
            self.should_exit |= drained or not self.server_state.connections
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        told_at = self._told_at if self._told_at is not None else monotonic()
        try:
            async with asyncio.timeout_at(
                asyncio.get_running_loop().time() + told_at + _WHOLE_STOP_S - monotonic()
            ):
                await super().shutdown(sockets)
        except TimeoutError:
            _log.error("stopped by force: something did not end in time")
        finally:
            # Uvicorn ends the process with the signal it got: nothing comes after this.
            finish_tracing()
