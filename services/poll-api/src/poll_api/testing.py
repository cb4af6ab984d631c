"""A driver for tests: the service in this process, with verbs for what people do with it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
from httpx import ASGITransport, AsyncClient, Response

from chassis.clock import Clock, utc_now
from chassis.testing import TokenIssuer
from poll_api.main import create_app
from poll_api.service import Service, service_in
from poll_api.settings import Settings

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW + 10 * 24 * HOUR, NOW + 12 * 24 * HOUR


ISSUER = TokenIssuer()


def iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def proposal(**members: Any) -> dict[str, Any]:
    return {
        "title": "Planning",
        "window": {"start": iso(START), "end": iso(END)},
        "duration": "PT1H",
        **members,
    }


def signed_in(account_id: UUID) -> dict[str, str]:
    """What the account sends to a service that was started with `ISSUER`."""
    return bearer(ISSUER.token(account_id))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Poll:
    """A poll that was opened, with its capabilities."""

    opened: dict[str, Any]
    id: UUID = field(init=False)
    organiser: dict[str, str] = field(init=False)
    answer: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.id = UUID(self.opened["id"])
        self.organiser = bearer(self.opened["capabilities"]["organiser"])
        self.answer = bearer(self.opened["capabilities"]["answer"])

    @property
    def path(self) -> str:
        return f"/api/v1/polls/{self.id}"

    @property
    def known(self) -> dict[str, Any]:
        """What the opening answer holds beside what is shown once: the organiser sees it."""
        secrets = ("capabilities", "links")
        return {name: value for name, value in self.opened.items() if name not in secrets}

    @property
    def known_to_everyone(self) -> dict[str, Any]:
        """What whoever may look sees of it."""
        return {**self.known, "invited": None, "owner": None}


@dataclass
class PollApi:
    """Verbs for what people do with the service."""

    client: AsyncClient
    service: Service
    database: str

    async def opens(self, headers: dict[str, str] | None = None, **members: Any) -> Poll:
        body = proposal(**members)
        answer = await self.client.post("/api/v1/polls", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return Poll(answer.json())

    async def reads(self, poll: Poll, headers: dict[str, str] | None = None) -> Response:
        return await self.client.get(poll.path, headers=headers or poll.answer)

    async def revises(self, poll: Poll, patch: dict[str, Any], match: str | None = "*") -> Response:
        headers = {**poll.organiser, **({"If-Match": match} if match else {})}
        return await self.client.patch(poll.path, json=patch, headers=headers)

    async def does(
        self, poll: Poll, verb: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Response:
        """`verb` is close, reopen, finalise, cancel, links/rotate, claim or transfer."""
        return await self.client.post(
            f"{poll.path}/{verb}", json=body, headers={**poll.organiser, **(headers or {})}
        )

    async def finalises(self, poll: Poll, start: datetime = START, **members: Any) -> Response:
        return await self.does(poll, "finalise", {"start": iso(start), **members})

    async def rotates(
        self, poll: Poll, which: str, headers: dict[str, str] | None = None
    ) -> Response:
        return await self.does(poll, "links/rotate", {"which": which}, headers)

    async def claims(self, poll: Poll, account_id: UUID, organiser: str | None = None) -> Response:
        token = organiser or poll.opened["capabilities"]["organiser"]
        return await self.does(poll, "claim", {"organiser": token}, signed_in(account_id))

    async def erases(
        self, poll: Poll, headers: dict[str, str] | None = None, match: str | None = "*"
    ) -> Response:
        conditional = {"If-Match": match} if match else {}
        return await self.client.delete(
            poll.path, headers={**(headers or poll.organiser), **conditional}
        )

    async def closes_by_itself(self, poll: Poll) -> None:
        async def is_closed() -> bool:
            return (await self.reads(poll)).json()["state"] == "closed"

        await eventually(is_closed)

    def stored(self, poll: Poll | None = None) -> list[tuple[Any, ...]]:
        """Every row of facts and read models, or a poll's: what a refusal must not change."""
        key = f"%{poll.id}%" if poll else "%"
        with psycopg.connect(self.database) as connection:
            return connection.execute(
                "select * from ("
                "select 'event', e::text from events e union all "
                "select 'poll', p::text from polls p union all "
                "select 'timer', t::text from timers t"
                ") as rows (kind, content) where content like %s order by kind, content",
                (key,),
            ).fetchall()


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock = utc_now, issuer: TokenIssuer | None = None
) -> AsyncGenerator[PollApi]:
    """The whole service, as long as the block lasts; with an `issuer` it trusts no other."""
    app = create_app(settings, clock)
    if issuer is not None:
        app.state.access_tokens = issuer.access_tokens
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://poll-api") as client:
            yield PollApi(client, service_in(app), settings.database_url.get_secret_value())


async def eventually(holds: Callable[[], Awaitable[bool]], within: float = 20.0) -> None:
    """Return once it does; fail after `within` seconds."""
    deadline = monotonic() + within
    while not await holds():
        assert monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)
