"""For tests: the service behind a real server, and people who watch its events."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.live.testing import Event, Idle, Server, Watching, idle, serve, watching
from event_lifecycle.main import create_app
from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import Running

STREAM = "/api/v1/events/stream"
NEVER = "what no stream says"


@dataclass
class Served(Running):
    server: Server

    def watching(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        last: str | None = None,
        poll_id: UUID | None = None,
    ) -> AbstractAsyncContextManager[Watching]:
        """As nobody in particular unless `headers` say otherwise."""
        shown = {**(headers or {}), **({} if last is None else {"last-event-id": last})}
        return watching(self.client, path_of(poll_id), shown)

    def idle(
        self,
        up_to: str = NEVER,
        headers: Mapping[str, str] | None = None,
        *,
        poll_id: UUID | None = None,
    ) -> AbstractAsyncContextManager[Idle]:
        """Somebody in this process who reads up to this text and then no more."""
        return idle(self.app, path_of(poll_id), headers or {}, up_to)

    async def has_no_viewers(self) -> bool:
        return await self.server.is_left("commontime_event_stream_viewers")

    async def revises(self, event: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        answer = await self.client.patch(
            f"/api/v1/events/{event['id']}", json=changes, headers={"if-match": "*"}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def completes(self, event: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.client.post(f"/api/v1/events/{event['id']}/complete")
        assert answer.status_code == 200, answer.text
        return answer.json()


def path_of(poll_id: UUID | None) -> str:
    return f"{STREAM}?poll_id={poll_id}" if poll_id else STREAM


@asynccontextmanager
async def serving(settings: Settings) -> AsyncGenerator[Served]:
    async with serve(create_app(settings)) as server:
        yield Served(server.app, settings, server.client, server)


async def told_of(watched: Watching, event_id: str) -> Event:
    """The next that is told of this event."""
    while True:
        event = await watched.event()
        if event.name == "event" and event.data["id"] == event_id:
            return event
