"""What other services may ask the owner of facts and states."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI, Request
from httpx import ASGITransport, AsyncClient

from chassis.database import Pool
from chassis.problem_handlers import install_problem_handlers
from chassis.problems import Problem
from contracts import registry
from contracts.envelope import Envelope
from contracts.schedules import ParticipantProfile, ScheduleSubmitted
from eventstore.outgoing_states import CurrentState
from eventstore.owner_routes import owner_router
from eventstore.store import EventStore

Submitted = Callable[..., ScheduleSubmitted]

PROFILE = ParticipantProfile(
    version=3, poll_id=UUID(int=1), participant_id=UUID(int=2), name="Ann", timezone="UTC"
)
STATES = [CurrentState("a", 3, PROFILE), CurrentState("b", 4, None)]


async def profiles(after_key: str, limit: int) -> Sequence[CurrentState]:
    return [one for one in STATES if one.key > after_key][:limit]


async def guard(request: Request) -> None:
    if request.headers.get("authorization") != "Bearer services only":
        raise Problem("not_found")


@pytest.fixture
def republished() -> list[str | None]:
    return []


@pytest.fixture
async def client(store: EventStore, republished: list[str | None]) -> AsyncIterator[AsyncClient]:
    async def republish(key: str | None) -> int:
        republished.append(key)
        return 7

    app = FastAPI()
    install_problem_handlers(app, {})
    app.include_router(
        owner_router(store, guard, states={"profiles": profiles}, republish=republish)
    )
    headers = {"Authorization": "Bearer services only"}
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://test/internal/v1", headers=headers
    ) as client:
        yield client


async def ask(client: AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_facts_of_a_key_are_cloudevents_in_order(
    client: AsyncClient, store: EventStore, submitted: Submitted
) -> None:
    metadata = {"traceparent": "00-1-2-01"}
    appended = await store.append(
        "schedule-1", 0, [submitted(1), submitted(2)], key="poll", metadata=metadata
    )

    answer = await ask(client, "/keys/poll/facts")

    envelopes = [Envelope.from_json(item) for item in answer["items"]]
    assert answer["head"] == 2
    assert [one.sequence for one in envelopes] == [1, 2]
    assert [registry.parse(one.type, one.data) for one in envelopes] == [
        submitted(1),
        submitted(2),
    ]
    first, recorded = envelopes[0], appended.recorded[0]
    assert first.traceparent == "00-1-2-01"
    assert (first.source, first.subject, first.key) == ("test", "schedule-1", "poll")
    assert (first.id, first.time) == (str(recorded.id), recorded.recorded_at)
    assert recorded.envelope("test").headers() == first.headers()
    assert recorded.envelope("test").data == first.data


async def test_a_page_of_facts_goes_on_after_the_last(
    client: AsyncClient, store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted(n) for n in range(1, 6)], key="poll")
    answer = await ask(client, "/keys/poll/facts", after=1, limit=2)
    assert [item["sequence"] for item in answer["items"]] == ["2", "3"]
    assert answer["head"] == 5


async def test_an_unknown_key_has_no_facts(client: AsyncClient) -> None:
    assert await ask(client, "/keys/nobody/facts") == {"items": [], "head": 0}


async def test_a_fact_of_a_newer_version_is_passed_on(
    client: AsyncClient,
    database: str,
    as_superuser: Callable[[str], str],
    store: EventStore,
    submitted: Submitted,
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="poll")
    past_the_triggers = "-c session_replication_role=replica"
    with psycopg.connect(as_superuser(database), options=past_the_triggers) as connection:
        connection.execute("update events set type = 'commontime.of.tomorrow.v9'")
    answer = await ask(client, "/keys/poll/facts")
    assert answer["items"][0]["type"] == "commontime.of.tomorrow.v9"


async def test_heads_are_paged_by_key(
    client: AsyncClient, store: EventStore, submitted: Submitted
) -> None:
    for n in range(5):
        await store.append(f"schedule-{n}", 0, [submitted()] * (n + 1), key=f"poll-{n}")

    first = await ask(client, "/heads", limit=3)
    rest = await ask(client, "/heads", limit=3, after_key=first["next"])

    assert first["items"] == [{"key": f"poll-{n}", "sequence": n + 1} for n in range(3)]
    assert first["next"] == "poll-2"
    assert [item["key"] for item in rest["items"]] == ["poll-3", "poll-4"]
    assert rest["next"] is None


async def test_heads_are_those_that_changed_since(
    client: AsyncClient, pool: Pool, store: EventStore, submitted: Submitted
) -> None:
    await store.append("schedule-1", 0, [submitted()], key="old")
    async with pool.connection() as connection:
        await connection.execute("update keys set updated_at = updated_at - interval '1 hour'")
    await store.append("schedule-2", 0, [submitted()], key="new")

    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    answer = await ask(client, "/heads", changed_since=since)

    assert [item["key"] for item in answer["items"]] == ["new"]


async def test_states_are_given_by_key_and_null_after_erasure(client: AsyncClient) -> None:
    answer = await ask(client, "/states/profiles")
    assert answer["next"] is None
    assert [item["key"] for item in answer["items"]] == ["a", "b"]
    assert ParticipantProfile.model_validate(answer["items"][0]["value"]) == PROFILE
    assert answer["items"][1]["value"] is None

    page = await ask(client, "/states/profiles", limit=1)
    assert (page["next"], len(page["items"])) == ("a", 1)
    assert (await client.get("/states/unknown")).status_code == 404


async def test_facts_can_be_sent_again_on_request(
    client: AsyncClient, republished: list[str | None]
) -> None:
    assert (await client.post("/republish", json={"key": "poll"})).json() == {"facts": 7}
    assert (await client.post("/republish", json={})).status_code == 202
    assert (await client.post("/republish")).status_code == 202
    assert republished == ["poll", None, None]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/keys/poll/facts"),
        ("GET", "/heads"),
        ("GET", "/states/profiles"),
        ("POST", "/republish"),
    ],
)
async def test_nobody_but_other_services_gets_in(
    client: AsyncClient, republished: list[str | None], method: str, path: str
) -> None:
    answer = await client.request(method, path, headers={"Authorization": "Bearer other"})
    assert answer.status_code == 404
    assert republished == []


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"after": -1}, {"after": "x"}])
async def test_a_bad_page_is_422(client: AsyncClient, query: dict[str, Any]) -> None:
    assert (await client.get("/keys/poll/facts", params=query)).status_code == 422
