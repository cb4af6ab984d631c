"""A service that is about to stop: still answering, but asking everyone to go elsewhere."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Draining:
    """Whether the process was told to stop. Long answers wait for it and end themselves."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    def begin(self) -> None:
        self._begun.set()

    @property
    def begun(self) -> bool:
        return self._begun.is_set()

    async def wait(self) -> None:
        await self._begun.wait()


class CloseWhileDraining:
    """ASGI middleware: once draining, every answer closes its connection.

    So no client sends its next request on a connection that is about to disappear.
    """

    def __init__(self, app: ASGIApp, draining: Draining) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self._draining.begun:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, closing if scope["type"] == "http" else send)
