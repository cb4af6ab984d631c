"""For tests: the service behind a real server, and people who watch its polls."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from chassis.graceful_server import GracefulServer, uvicorn_config
from recommender.main import create_app
from recommender.service import Service
from recommender.settings import Settings
from recommender.testing import Poll

PATIENCE_S = 10


@dataclass
class Event:
    name: str
    data: Any
    id: str | None


@dataclass
class Watching:
    """What a viewer receives, event by event; comments apart."""

    lines: AsyncIterator[str]
    retry: int | None = None
    pings: int = 0

    async def event(self) -> Event:
        """The next one. Raises StopAsyncIteration where the stream has ended."""
        async with asyncio.timeout(PATIENCE_S):
            fields: dict[str, str] = {}
            while True:
                line = await anext(self.lines)
                name, _, value = line.partition(": ")
                if not line and "event" in fields:
                    data = orjson.loads(fields["data"])
                    return Event(fields["event"], data, fields.get("id"))
                if line == ": ping":
                    self.pings += 1
                elif name == "retry":
                    self.retry = int(value)
                elif line:
                    fields[name] = value

    async def events(self, count: int) -> list[Event]:
        return [await self.event() for _ in range(count)]

    async def until_schedules(self, sequence: int) -> Event:
        """The recommendations as of that sequence or later."""
        while True:
            event = await self.event()
            if event.name == "recommendations" and event.data["as_of"]["schedules"] >= sequence:
                return event

    async def ended(self) -> bool:
        try:
            while True:
                await self.event()
        except StopAsyncIteration:
            return True


@dataclass
class Served:
    app: FastAPI
    server: GracefulServer
    port: int
    client: httpx.AsyncClient

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    def metric(self, name: str) -> float:
        return self.app.state.metrics.get_sample_value(name) or 0

    def snapshot_of(self, poll: Poll) -> object:
        """What those who watch the poll are told at present."""
        return self.service.hub.snapshot_of(poll.id)

    async def has_no_viewers(self) -> bool:
        """Soon: a server learns a little later that somebody has gone."""
        async with asyncio.timeout(PATIENCE_S):
            while self.metric("live_viewers"):  # noqa: ASYNC110  # nothing to await
                await asyncio.sleep(0.01)
        return True

    @asynccontextmanager
    async def watching(
        self, poll: Poll, token: str | None = None, last: str | None = None
    ) -> AsyncGenerator[Watching]:
        """As the organiser unless told otherwise."""
        headers = {"Authorization": f"Bearer {token or poll.organiser}", **poll.up_to_date}
        if last is not None:
            headers["Last-Event-ID"] = last
        async with self.client.stream("GET", path_of(poll), headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            yield Watching(answer.aiter_lines())


class _UnderTest(GracefulServer):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """The signals are the test runner's."""
        yield


@asynccontextmanager
async def serving(settings: Settings) -> AsyncGenerator[Served]:
    app = create_app(settings)
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
            yield Served(app, server, port, client)
        server.should_exit = True
        await running


def path_of(poll: Poll) -> str:
    return f"/api/v1/polls/{poll.id}/stream"
