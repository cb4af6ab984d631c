"""A partner's HTTP server that remembers what it got and answers as it is told."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web
from standardwebhooks import Webhook

Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verifies(self, secret: str) -> bool:
        """By the published library; raises where it does not."""
        Webhook(secret).verify(self.body, self.headers)
        return True


def answering(status: int, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=named)

    return answer


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@dataclass
class Receiver:
    """Takes the next of `answers` for each request, and 204 when there are none left."""

    url: str = ""
    got: list[Got] = field(default_factory=list[Got])
    answers: list[Answer] = field(default_factory=list[Answer])

    async def receive(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Got(request.path, headers, await request.read()))
        answer = self.answers.pop(0) if self.answers else answering(204)
        return await answer(request)

    async def has(self, count: int) -> bool:
        return len(self.got) >= count


@asynccontextmanager
async def serve_receiver() -> AsyncGenerator[Receiver]:
    """A receiver that listens on a free port of this machine."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", receiver.receive)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield receiver
    await runner.cleanup()
