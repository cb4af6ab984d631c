"""A stream ends when it is over, also where that is so before its first word."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from starlette.types import Message

from chassis.live.event_stream import EventStream
from chassis.live.viewer import Viewer

pytestmark = pytest.mark.asyncio


class Bystander(Viewer):
    def unheard(self) -> bytes:
        return b"event: news\n\n"


async def told(viewer: Viewer, until: datetime | None = None, *, over: bool = False) -> bytes:
    """All that the viewer is told, who never leaves."""
    said: list[bytes] = []

    @asynccontextmanager
    async def watching() -> AsyncGenerator[None]:
        if over:
            viewer.end()
        yield

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        said.append(message.get("body", b""))
        await asyncio.sleep(0)

    stream = EventStream(viewer, watching(), ping_s=60, until=until)
    async with asyncio.timeout(10):
        await stream({"type": "http"}, receive, send)
    return b"".join(said)


@pytest.mark.parametrize("seconds", [-60, 0, 0.2])
async def test_a_stream_ends_when_the_token_does(seconds: float) -> None:
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    assert b"event" not in await told(Bystander(), until)


async def test_who_was_sent_away_before_the_first_word_is_not_kept() -> None:
    assert b"event" not in await told(Bystander(), over=True)


async def test_news_come_before_the_end() -> None:
    viewer = Bystander()
    viewer.ring()
    assert b"event: news" in await told(viewer, datetime.now(UTC) + timedelta(seconds=0.2))
