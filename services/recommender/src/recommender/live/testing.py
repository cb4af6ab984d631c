"""For tests: the service behind a real server, and people who watch its polls."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from chassis.live.testing import Event, Idle, Server, Watching, idle, serve, watching
from recommender.service import Service
from recommender.settings import Settings
from recommender.testing import Poll, app_of


@dataclass
class Served(Server):
    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    def snapshot_of(self, poll: Poll) -> object:
        """What those who watch the poll are told at present."""
        return self.service.hub.snapshot_of(poll.id)

    async def has_no_viewers(self) -> bool:
        return await self.is_left("live_viewers")

    def watching(
        self, poll: Poll, token: str | None = None, last: str | None = None
    ) -> AbstractAsyncContextManager[Watching]:
        """As the organiser unless told otherwise."""
        headers = headers_of(poll, token)
        if last is not None:
            headers["Last-Event-ID"] = last
        return watching(self.client, path_of(poll), headers)

    def idle(self, poll: Poll, up_to: str) -> AbstractAsyncContextManager[Idle]:
        """The organiser, who reads up to this text and then no more."""
        return idle(self.app, path_of(poll), headers_of(poll), up_to)


async def until_schedules(watched: Watching, sequence: int) -> Event:
    """The recommendations as of that sequence or later."""
    while True:
        event = await watched.event()
        if event.name == "recommendations" and event.data["as_of"]["schedules"] >= sequence:
            return event


@asynccontextmanager
async def serving(settings: Settings) -> AsyncGenerator[Served]:
    async with serve(app_of(settings)) as server:
        yield Served(server.app, server.server, server.port, server.client)


def headers_of(poll: Poll, token: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token or poll.organiser}", **poll.up_to_date}


def path_of(poll: Poll) -> str:
    return f"/api/v1/polls/{poll.id}/stream"
