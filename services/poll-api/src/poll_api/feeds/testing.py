"""For tests: somebody with an account, and the calendar program they gave their feed's link to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4, uuid5

from httpx import Response

from calendars.testing import Component, read_calendar
from contracts.fact import Span
from contracts.polls import Basis
from contracts.recommendations import LeadingTime, PollRecommendations
from poll_api.testing import HOUR, Poll, PollApi, signed_in

FEED = "/api/v1/accounts/me/feed"


@dataclass
class Person:
    """Signed in. Of an account that lives elsewhere, so that it is known without registering."""

    api: PollApi
    account_id: UUID = field(default_factory=lambda: uuid5(uuid4(), "somebody"))

    @property
    def headers(self) -> dict[str, str]:
        return signed_in(self.account_id)

    async def opens(self, **members: Any) -> Poll:
        return await self.api.opens(self.headers, **members)

    async def makes_a_feed(self, *, holds: bool = False, key: str | None = None) -> Response:
        """`key` is the `Idempotency-Key`."""
        headers = self.headers | ({"idempotency-key": key} if key else {})
        return await self.api.client.post(FEED, json={"holds": holds}, headers=headers)

    async def subscribes(self, *, holds: bool = False) -> "CalendarProgram":
        made = await self.makes_a_feed(holds=holds)
        assert made.status_code == 201, made.text
        return CalendarProgram(self.api, made.json()["link"])


@dataclass
class CalendarProgram:
    """Knows the link and nothing else, and sends nothing but the path."""

    api: PollApi
    link: str

    async def asks(self, **headers: str) -> Response:
        return await self.api.client.get(urlsplit(self.link).path, headers=headers)

    async def entries(self) -> list[Component]:
        answer = await self.asks()
        assert answer.status_code == 200, answer.text
        return read_calendar(answer.content).components

    async def the_entry(self) -> Component:
        [entry] = await self.entries()
        return entry


def leading_at(
    poll: Poll, version: int, *starts: datetime, available: int = 2
) -> PollRecommendations:
    """What recommender says of a poll: these times, best first."""
    times = [Span(start=start, end=start + HOUR) for start in starts]
    return PollRecommendations(
        version=version,
        poll_id=poll.id,
        as_of=Basis(polls=1, schedules=version),
        total=3,
        answered=2,
        leading=tuple(
            LeadingTime(
                start=time.start,
                end=time.end,
                latest_start=time.start,
                available=available,
                weight=available,
                if_needed=0,
                preferred=0,
                meets_rules=True,
            )
            for time in times
        ),
    )
