"""People who open polls, answer them and decide, each on their own, and who know what they said."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

from chaos.answering import Answering
from chaos.client import Client, GaveUp
from chaos.journal import Command, Journal, Viewer
from chaos.looking import Looking
from chaos.meetings import Meeting, Memory
from chaos.organising import Organising
from commontime_driver import at

_REST_S = (0.05, 0.3)


class Organiser:
    """One of the crowd, with polls and events of their own; one thing at a time."""

    def __init__(self, client: Client, journal: Journal, random: Random, admin: str) -> None:
        self._client = client
        self._memory = Memory(random)
        self._admin = admin
        self._looking = Looking(client, journal, self._memory, admin)
        self._organising = Organising(client, journal, self._memory, self._looking)
        self._answering = Answering(client, journal, self._memory)

    @property
    def meetings(self) -> list[Meeting]:
        return self._memory.meetings

    async def keeps_going(self, until: float) -> None:
        """Something at random, until that instant of the monotonic clock."""
        actions, weights = zip(*self._ways, strict=True)
        try:
            await self._organising.opens()
            while time.monotonic() < until:
                (action,) = self._memory.random.choices(actions, weights)
                await action()
                await asyncio.sleep(self._memory.random.uniform(*_REST_S))
        except GaveUp:
            pass  # the journal says which command was not answered

    @property
    def _ways(self) -> list[tuple[Callable[[], Awaitable[None]], int]]:
        """What there is to do, and how often it is done."""
        return [
            (self._organising.opens, 3),
            (self._organising.revises, 4),
            (self._organising.closes_or_decides, 3),
            (self._organising.reopens, 3),
            (self._organising.erases, 1),
            (self._answering.join, 8),
            (self._answering.answer, 16),
            (self._answering.withdraw, 1),
            (self._answering.are_erased, 2),
            (self.creates_an_event, 5),
            (self.completes_an_event, 2),
            (self._looking.at_a_poll, 8),
            (self._looking.at_recommendations, 6),
            (self._looking.at_events, 2),
            (self._looking.at_a_stream, 1),
        ]

    async def creates_an_event(self) -> None:
        body: dict[str, object] = {"title": "Release", "starts_at": at(0)}
        if self._memory.random.random() < 0.4:
            body["completion"] = {"mode": "manual"}
        command = Command("create", "POST", "/api/v1/events", body, self._admin)
        done = await self._client.command(command, Viewer(everything=True))
        if done.outcome == "acknowledged":
            self._memory.events = [*self._memory.events[-9:], done.answer["id"]]

    async def completes_an_event(self) -> None:
        if self._memory.events:
            path = f"/api/v1/events/{self._memory.random.choice(self._memory.events)}/complete"
            command = Command("complete", "POST", path, {}, self._admin)
            await self._client.command(command, Viewer(everything=True))
