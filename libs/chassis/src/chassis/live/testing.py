"""For tests: an application behind a real server, and people who watch what it streams."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from starlette.types import Message, Scope

from chassis.graceful_server import GracefulServer, uvicorn_config

PATIENCE_S = 10


@dataclass
class Event:
    name: str
    data: Any
    id: str | None


@dataclass
class Watching:
    """What a viewer receives, event by event; comments apart. `last_id` as a browser keeps it."""

    lines: AsyncIterator[str]
    retry: int | None = None
    pings: int = 0
    last_id: str | None = None

    async def event(self) -> Event:
        """The next one. Raises StopAsyncIteration where the stream has ended."""
        async with asyncio.timeout(PATIENCE_S):
            fields: dict[str, str] = {}
            while True:
                line = await anext(self.lines)
                name, _, value = line.partition(": ")
                if not line:
                    self.last_id = fields.get("id", self.last_id)
                    if "event" in fields:
                        data = orjson.loads(fields["data"])
                        return Event(fields["event"], data, fields.get("id"))
                    fields = {}
                elif line == ": ping":
                    self.pings += 1
                elif name == "retry":
                    self.retry = int(value)
                else:
                    fields[name] = value

    async def events(self, count: int) -> list[Event]:
        return [await self.event() for _ in range(count)]

    async def ended(self) -> bool:
        try:
            while True:
                await self.event()
        except StopAsyncIteration:
            return True


@asynccontextmanager
async def watching(
    client: httpx.AsyncClient, path: str, headers: Mapping[str, str] | None = None
) -> AsyncGenerator[Watching]:
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Watching(answer.aiter_lines())


class Idle:
    """A client that takes what comes up to this text, and then no more until it goes on."""

    def __init__(self, app: FastAPI, path: str, headers: Mapping[str, str], up_to: str) -> None:
        self.messages: list[Message] = []
        self.goes_on = asyncio.Event()
        self._up_to = up_to
        self._asked = False
        self._left = asyncio.Event()
        scope = _scope(path, headers)
        self._calling = asyncio.create_task(app(scope, self._receive, self._send))

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    async def until(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while text not in self.body:  # noqa: ASYNC110  # nothing to await
                await asyncio.sleep(0.01)

    async def is_let_go(self) -> bool:
        async with asyncio.timeout(2):
            await self._calling
        return True

    async def leaves(self) -> None:
        self.goes_on.set()
        self._left.set()
        await self.is_let_go()

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.messages.append(message)
        if self._up_to in self.body:
            await self.goes_on.wait()


@asynccontextmanager
async def idle(
    app: FastAPI, path: str, headers: Mapping[str, str], up_to: str
) -> AsyncGenerator[Idle]:
    client = Idle(app, path, headers, up_to)
    try:
        yield client
    finally:
        await client.leaves()


class _UnderTest(GracefulServer):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """The signals are the test runner's."""
        yield


@dataclass
class Server:
    """`client` calls `app` over the network."""

    app: FastAPI
    server: GracefulServer
    port: int
    client: httpx.AsyncClient

    def metric(self, name: str) -> float:
        return self.app.state.metrics.get_sample_value(name) or 0

    async def is_left(self, gauge: str) -> bool:
        """By all whom the gauge counts, soon: a server learns late that somebody has gone."""
        async with asyncio.timeout(PATIENCE_S):
            while self.metric(gauge):  # noqa: ASYNC110  # nothing to await
                await asyncio.sleep(0.01)
        return True


@asynccontextmanager
async def serve(app: FastAPI) -> AsyncGenerator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        server = _UnderTest(
            uvicorn_config(app, host="127.0.0.1", port=port), [app.state.draining], drain_s=0.2
        )
        running = asyncio.create_task(server.serve([listening]))
        limits = httpx.Limits(max_connections=None)
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=PATIENCE_S) as client:
            async with asyncio.timeout(PATIENCE_S):
                while not server.started:  # noqa: ASYNC110  # nothing to await
                    await asyncio.sleep(0.01)
            yield Server(app, server, port, client)
        server.should_exit = True
        await running


def _scope(path: str, headers: Mapping[str, str]) -> Scope:
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
