"""A service that owns facts and states, in memory."""

from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web

from contracts.envelope import Envelope
from contracts.fact import Fact, State
from contracts.polls import PollClosed, PollReopened

TOKEN = "between-services"  # noqa: S105  opens nothing but this file's owner
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def fact_of(key: str, sequence: int) -> Fact:
    """Any fact will do; it can be told by its instant."""
    at = NOW + timedelta(seconds=sequence)
    if sequence % 2:
        return PollClosed(poll_id=UUID(key), reason="manual", closed_at=at)
    return PollReopened(poll_id=UUID(key), deadline=None, reopened_at=at)


def envelope_of(key: str, sequence: int, fact: Fact | None = None) -> Envelope:
    fact = fact or fact_of(key, sequence)
    return Envelope(
        id=str(uuid4()),
        source="poll-api",
        type=fact.TYPE,
        subject=f"poll-{key}",
        time=NOW,
        sequence=sequence,
        key=key,
        data=fact.model_dump_json().encode(),
    )


@dataclass
class Owner:
    """Speaks the routes that an owner of facts and states has, over what tests put in.

    It keeps quiet about its heads unless told otherwise, so that facts come over Kafka.
    """

    facts: defaultdict[str, list[Envelope]] = field(default_factory=lambda: defaultdict(list))
    states: dict[str, State | None] = field(default_factory=dict[str, State | None])
    url: str = ""
    status: int = 200
    tells_heads: bool = False
    asked: list[str] = field(default_factory=list[str])
    asked_since: list[datetime] = field(default_factory=list[datetime])

    def decide(self, key: str, *sequences: int) -> list[Envelope]:
        """Facts that are in the owner's store from now on."""
        made = [envelope_of(key, sequence) for sequence in sequences]
        self.facts[key] += made
        return made

    async def answer_facts(self, request: web.Request) -> web.Response:
        key, after = request.match_info["key"], int(request.query["after"])
        found = [envelope for envelope in self.facts[key] if envelope.sequence > after]
        page = found[: int(request.query["limit"])]
        head = self.facts[key][-1].sequence if self.facts[key] else 0
        return self._answer(request, {"items": [e.to_json() for e in page], "head": head})

    async def answer_heads(self, request: web.Request) -> web.Response:
        self.asked_since.append(datetime.fromisoformat(request.query["changed_since"]))
        heads = [
            {"key": k, "sequence": e[-1].sequence}
            for k, e in self.facts.items()
            if e and self.tells_heads
        ]
        return self._answer(request, {"items": heads, "next": None})

    async def answer_states(self, request: web.Request) -> web.Response:
        items = [
            {"key": key, "value": None if state is None else state.model_dump(mode="json")}
            for key, state in self.states.items()
        ]
        return self._answer(request, {"items": items, "next": None})

    def _answer(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        self.asked.append(request.path)
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        return web.json_response(body, status=self.status)


@asynccontextmanager
async def serve_owner() -> AsyncGenerator[Owner, None]:
    """An owner that listens on a free port of this machine."""
    served = Owner()
    application = web.Application()
    application.router.add_get("/internal/v1/keys/{key}/facts", served.answer_facts)
    application.router.add_get("/internal/v1/heads", served.answer_heads)
    application.router.add_get("/internal/v1/states/{topic}", served.answer_states)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()
