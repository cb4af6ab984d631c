"""For tests: the service as its callers meet it, and a poll-api of a few lines to be asked."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from httpx import ASGITransport, AsyncClient, Response

from availability.main import create_app
from availability.service import Service
from availability.settings import Settings
from chassis.access import hash_of, mint
from chassis.testing import TokenIssuer
from contracts import registry
from contracts.fact import Fact, Span
from contracts.polls import PollDetails, PollOpened
from inbox.testing.owner import Owner, envelope_of

NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = Span(start=NOW + timedelta(days=10), end=NOW + timedelta(days=12))


@dataclass
class Poll:
    """A poll as poll-api has opened it, with its capabilities."""

    owner: Owner
    id: UUID = field(default_factory=uuid4)
    organiser: str = field(default_factory=lambda: mint("organiser"))
    answer: str = field(default_factory=lambda: mint("answer"))
    account: UUID | None = None
    sequence: int = 0

    @property
    def path(self) -> str:
        return f"/api/v1/polls/{self.id}"

    @property
    def opened(self) -> Fact:
        """What was told of it first."""
        envelope = self.owner.facts[str(self.id)][0]
        return registry.parse(envelope.type, envelope.data)

    def tell(self, fact: Fact) -> None:
        """A fact that poll-api has stored and everybody will learn of."""
        self.sequence += 1
        self.owner.facts[str(self.id)].append(envelope_of(str(self.id), self.sequence, fact))

    @property
    def up_to_date(self) -> dict[str, str]:
        return {"Commontime-Min-Sequence": f"polls={self.sequence}"}


def opened_poll(owner: Owner, account: UUID | None = None, **details: Any) -> Poll:
    poll = Poll(owner, account=account)
    plan: dict[str, Any] = {
        "title": "Planning",
        "timezone": "UTC",
        "window": WINDOW,
        "slots": (WINDOW,),
        "duration": timedelta(hours=1),
        **details,
    }
    poll.tell(
        PollOpened(
            poll_id=poll.id,
            details=PollDetails(**plan),
            organiser_hash=hash_of(poll.organiser),
            answer_hash=hash_of(poll.answer),
            opened_at=NOW,
            owner=account,
        )
    )
    return poll


@dataclass
class Person:
    id: str
    token: str
    path: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Availability:
    """Verbs for what people do with the service."""

    client: AsyncClient
    service: Service
    owner: Owner
    database: str
    issuer: TokenIssuer = field(default_factory=TokenIssuer)

    def has_poll(self, account: UUID | None = None, **details: Any) -> Poll:
        """`account` is whose it is, if it is anybody's."""
        return opened_poll(self.owner, account, **details)

    def signed_in(self, account: UUID) -> dict[str, str]:
        return bearer(self.issuer.token(account))

    async def joins(self, poll: Poll, name: str = "Ann", **profile: Any) -> Person:
        answer = await self.asks_to_join(poll, {"name": name, **profile})
        assert answer.status_code == 201, answer.text
        joined = answer.json()
        path = f"{poll.path}/participants/{joined['id']}"
        return Person(joined["id"], joined["capabilities"]["edit"], path)

    async def asks_to_join(
        self, poll: Poll, body: Any, headers: dict[str, str] | None = None
    ) -> Response:
        return await self.client.post(
            f"{poll.path}/participants",
            json=body,
            headers={**bearer(poll.answer), **poll.up_to_date, **(headers or {})},
        )

    async def submits(
        self, person: Person, *intervals: dict[str, str], headers: dict[str, str] | None = None
    ) -> Response:
        return await self.client.put(
            f"{person.path}/schedule",
            json={"intervals": list(intervals)},
            headers={**person.headers, **(headers or {})},
        )

    async def rotates(
        self, person: Person, token: str, headers: dict[str, str] | None = None
    ) -> Response:
        return await self.client.post(
            f"{person.path}/links/rotate", headers={**bearer(token), **(headers or {})}
        )

    async def stored(self, poll: Poll) -> int:
        """How many facts there are about the poll's participants."""
        return await self.service.store.head(str(poll.id))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def free(start: int, end: int, preference: str = "available") -> dict[str, str]:
    """An interval in hours of the window."""
    return {
        "start": (WINDOW.start + timedelta(hours=start)).isoformat(),
        "end": (WINDOW.start + timedelta(hours=end)).isoformat(),
        "preference": preference,
    }


@asynccontextmanager
async def opened(settings: Settings, owner: Owner) -> AsyncGenerator[Availability]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://availability") as client:
            url = settings.database_url.get_secret_value()
            running = Availability(client, app.state.service, owner, url)
            app.state.access_tokens = running.issuer.access_tokens
            yield running


def assert_problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem's document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["code"] == code
    assert document["type"] == f"/problems/{code}"
    assert document["status"] == status
    return document
