"""Drives Commontime as its users do: verbs over HTTP, whatever answers at the URL."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

import httpx

from chassis.live.testing import Watching, watching

T = TypeVar("T")
JSON = dict[str, Any]

# Nine in the morning of a day that is always ahead.
MORNING = (datetime.now(UTC) + timedelta(days=30)).replace(
    hour=9, minute=0, second=0, microsecond=0
)


def at(hours: float) -> str:
    """An instant so many hours after the morning."""
    return (MORNING + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def free(start: float, end: float, preference: str = "available") -> JSON:
    """An interval in hours after the morning."""
    return {"start": at(start), "end": at(end), "preference": preference}


async def eventually(
    look: Callable[[], Awaitable[T]], accept: Callable[[T], bool], seconds: float = 60
) -> T:
    """What `look` sees once `accept` takes it; fails with what it saw last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = await look()
        if accept(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen!r} after {seconds:g} s"
        await asyncio.sleep(0.03)


@dataclass
class Poll:
    id: str
    organiser: str
    answer: str
    sequences: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def path(self) -> str:
        return f"/api/v1/polls/{self.id}"

    def notice(self, answer: httpx.Response) -> None:
        """Remember how far an answer says that things have come."""
        for item in answer.headers["commontime-sequence"].split(", "):
            label, _, sequence = item.partition("=")
            self.sequences[label] = max(int(sequence), self.sequences.get(label, 0))

    @property
    def least(self) -> dict[str, str]:
        """The header that asks for one's own writes."""
        wanted = ", ".join(f"{label}={n}" for label, n in self.sequences.items())
        return {"Commontime-Min-Sequence": wanted}


@dataclass
class Person:
    id: str
    edit: str
    poll: Poll

    @property
    def path(self) -> str:
        return f"{self.poll.path}/participants/{self.id}"


@dataclass
class Account:
    """`token` is an access token, good for some minutes."""

    id: str
    email: str
    password: str
    token: str


class Commontime:
    """Verbs for people; every one fails with the answer's text when it is refused."""

    def __init__(self, url: str, admin_token: str = "") -> None:
        self.url = url
        self.admin_token = admin_token
        self.client = httpx.AsyncClient(base_url=url, timeout=30)
        # What `insists` was answered, 0 for a connection that broke.
        self.statuses: Counter[int] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def opens_a_poll(self, hours: float = 9, *, token: str = "", **details: Any) -> Poll:
        body: JSON = {
            "title": "Planning",
            "timezone": "UTC",
            "window": {"start": at(0), "end": at(hours)},
            "duration": "PT1H",
            **details,
        }
        answer = await self.asks("POST", "/api/v1/polls", body, token)
        made = answer.json()
        poll = Poll(made["id"], **made["capabilities"])
        poll.notice(answer)
        return poll

    async def registers(self, email: str = "") -> Account:
        """Somebody new, who then signs in."""
        email = email or f"{secrets.token_hex(6)}@example.org"
        password = secrets.token_urlsafe(16)
        body = {"email": email, "password": password}
        made = (await self.asks("POST", "/api/v1/accounts", body)).json()
        return Account(made["id"], email, password, await self.signs_in(email, password))

    async def signs_in(self, email: str, password: str) -> str:
        """An access token."""
        body = {"email": email, "password": password}
        answer = await self.asks("POST", "/api/v1/sessions", body)
        # The cookie is for browsers: kept, it would be sent for whoever comes next.
        self.client.cookies.clear()
        return answer.json()["access_token"]

    async def joins(
        self, poll: Poll, name: str = "Ann", *, token: str = "", **profile: str
    ) -> Person:
        """With the answer link, or whatever else lets one in."""
        path, body = f"{poll.path}/participants", {"name": name, **profile}
        answer = await self.asks("POST", path, body, token or poll.answer, poll.least)
        poll.notice(answer)
        return Person(answer.json()["id"], answer.json()["capabilities"]["edit"], poll)

    async def submits(self, person: Person, *intervals: JSON) -> None:
        body = {"intervals": list(intervals)}
        answer = await self.asks("PUT", f"{person.path}/schedule", body, person.edit)
        person.poll.notice(answer)

    async def withdraws(self, person: Person) -> None:
        person.poll.notice(await self.asks("DELETE", f"{person.path}/schedule", None, person.edit))

    async def sees_recommended(self, poll: Poll, query: str = "", *, least: bool = True) -> JSON:
        """The recommendations; with `least` such as know all that this driver has done."""
        headers = poll.least if least else {}
        path = f"{poll.path}/recommendations{query}"
        return (await self.asks("GET", path, None, poll.answer, headers)).json()

    async def finalises(self, poll: Poll, start: str, as_of: JSON | None = None) -> JSON:
        body = {"start": start, "as_of": as_of}
        answer = await self.asks("POST", f"{poll.path}/finalise", body, poll.organiser)
        poll.notice(answer)
        return answer.json()

    async def closes(self, poll: Poll) -> None:
        poll.notice(await self.asks("POST", f"{poll.path}/close", {}, poll.organiser))

    async def reopens(self, poll: Poll) -> None:
        poll.notice(await self.asks("POST", f"{poll.path}/reopen", {}, poll.organiser))

    async def rotates(self, poll: Poll, which: str) -> str:
        """A new link of that kind; what the old one opened it opens no more."""
        path = f"{poll.path}/links/rotate"
        answer = await self.asks("POST", path, {"which": which}, poll.organiser)
        poll.notice(answer)
        made = str(answer.json()["capability"])
        setattr(poll, which, made)
        return made

    async def erases_poll(self, poll: Poll) -> None:
        await self.asks("DELETE", poll.path, None, poll.organiser, {"If-Match": "*"})

    async def erases(self, person: Person) -> None:
        person.poll.notice(await self.asks("DELETE", person.path, None, person.edit))

    async def revises(self, poll: Poll, **changes: Any) -> JSON:
        headers = {"If-Match": "*"}
        answer = await self.asks("PATCH", poll.path, changes, poll.organiser, headers)
        poll.notice(answer)
        return answer.json()

    async def sees_poll(self, poll: Poll) -> JSON:
        return (await self.asks("GET", poll.path, None, poll.answer)).json()

    async def sees_history(self, poll: Poll) -> list[JSON]:
        """The facts of the poll in order."""
        answer = await self.asks("GET", f"{poll.path}/history", None, poll.organiser)
        return answer.json()["items"]

    async def sees_event(self, event_id: str, token: str = "") -> JSON | None:
        """The event, or None where there is none to see."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.client.get(f"/api/v1/events/{event_id}", headers=headers)
        return answer.json() if answer.status_code == 200 else None

    async def creates_an_event(self, **details: Any) -> JSON:
        body: JSON = {"title": "Release", "starts_at": at(0), **details}
        return (await self.asks("POST", "/api/v1/events", body, self.admin_token)).json()

    async def sees_events(self, token: str = "", **filters: str) -> list[JSON]:
        """The first page of the list."""
        query = httpx.QueryParams({"limit": "1000", **filters})
        return (await self.asks("GET", f"/api/v1/events?{query}", None, token)).json()["items"]

    def watches(
        self, path: str, token: str = "", *, last: str | None = None
    ) -> AbstractAsyncContextManager[Watching]:
        """Whatever is streamed there, from the event `last` on."""
        return watching(self.client, path, _headers(token, {"Last-Event-ID": last} if last else {}))

    async def registers_a_webhook(self, url: str, *types: str) -> JSON:
        body = {"url": url, "types": list(types)}
        path = "/api/v1/webhooks/endpoints"
        return (await self.asks("POST", path, body, self.admin_token)).json()

    async def asks(
        self,
        method: str,
        path: str,
        body: JSON | None = None,
        token: str = "",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        answer = await self.client.request(
            method, path, json=body, headers=_headers(token, headers)
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    async def insists(
        self,
        method: str,
        path: str,
        body: JSON | None = None,
        token: str = "",
        *,
        key: str = "",
        seconds: float = 60,
    ) -> httpx.Response:
        """Repeat one command until it is answered with anything but "try again"."""
        wanted = {"Idempotency-Key": key or secrets.token_hex(16)} if method == "POST" else {}
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = await self.client.request(
                    method, path, json=body, headers=_headers(token, wanted)
                )
            except httpx.TransportError:
                self.statuses[0] += 1
            else:
                self.statuses[answer.status_code] += 1
                if not _try_again(answer):
                    return answer
            assert time.monotonic() < deadline, f"{method} {path}: no answer in {seconds:g} s"
            await asyncio.sleep(0.05)


def _headers(token: str, more: dict[str, str] | None) -> dict[str, str]:
    return {**({"Authorization": f"Bearer {token}"} if token else {}), **(more or {})}


def _try_again(answer: httpx.Response) -> bool:
    """Whether the same command may be sent again: not done, or being done."""
    return answer.status_code in {429, 503} or (
        answer.status_code == 409 and answer.json()["code"] == "idempotency_in_flight"
    )
