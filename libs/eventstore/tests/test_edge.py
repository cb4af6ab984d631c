"""The store's outcomes as HTTP answers."""

from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from fastapi import FastAPI, Request, Response
from httpx import ASGITransport, AsyncClient

from chassis.conditional import if_match
from chassis.problem_handlers import install_problem_handlers
from contracts.schedules import ScheduleSubmitted
from eventstore.edge import REJECTIONS, idempotent_request, respond, respond_again
from eventstore.sealing import Answer
from eventstore.store import EventStore
from eventstore.transact import transact

Submitted = Callable[..., ScheduleSubmitted]

KEY = {"Idempotency-Key": "a-key-of-16-chars"}


class Appender:
    """Decides whatever it is told to."""

    def initial(self) -> int:
        return 0

    def evolve(self, state: int, _: ScheduleSubmitted, /) -> int:
        return state + 1

    def decide(
        self, _: int, command: Sequence[ScheduleSubmitted], /
    ) -> Sequence[ScheduleSubmitted]:
        return command


def created(state: int, _: int) -> Answer:
    return Answer(201, b'{"count": %d}' % state, {"Location": "/count"})


def make_app(store: EventStore, submitted: Submitted) -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app, REJECTIONS)

    @app.post("/streams/{stream}")
    async def submit(stream: str, request: Request) -> Response:
        version = if_match(request)
        outcome = await transact(
            store,
            Appender(),
            stream,
            [submitted()],
            key="poll",
            answer=created,
            expected_version=version if isinstance(version, int) else None,
            request=await idempotent_request(request),
        )
        return respond(outcome, "schedules")

    @app.post("/careful/{stream}")
    async def careful(stream: str, request: Request) -> Response:
        repeated = await idempotent_request(request)
        if repeated and (replay := await store.replayed(repeated)):
            return respond_again(replay, "schedules")
        return await submit(stream, request)

    return app


@pytest.fixture
async def client(store: EventStore, submitted: Submitted) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(store, submitted))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_an_outcome_tells_its_version_and_sequence(client: AsyncClient) -> None:
    await client.post("/streams/schedule-1")
    answer = await client.post("/streams/schedule-2")

    assert answer.status_code == 201
    assert answer.json() == {"count": 1}
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Commontime-Sequence"] == "schedules=2"
    assert answer.headers["Location"] == "/count"
    assert answer.headers["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in answer.headers


async def test_a_repeated_request_gets_the_same_answer_and_is_told_so(
    client: AsyncClient,
) -> None:
    first = await client.post("/streams/schedule-1", json={"a": 1}, headers=KEY)
    again = await client.post("/streams/schedule-1", json={"a": 1}, headers=KEY)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for header in ("ETag", "Location", "Commontime-Sequence", "Content-Type"):
        assert again.headers[header] == first.headers[header]


@pytest.mark.parametrize("change", ["body", "query"])
async def test_another_request_under_the_same_key_is_422(client: AsyncClient, change: str) -> None:
    await client.post("/streams/schedule-1", json={"a": 1}, headers=KEY)
    path = "/streams/schedule-1" + ("?apply=true" if change == "query" else "")
    answer = await client.post(path, json={"a": 2 if change == "body" else 1}, headers=KEY)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("other", ["path", "credential"])
async def test_a_key_belongs_to_one_credential_and_path(client: AsyncClient, other: str) -> None:
    await client.post("/streams/schedule-1", headers=KEY)
    path = "/streams/schedule-2" if other == "path" else "/streams/schedule-1"
    credential = {"Authorization": "Bearer x"} if other == "credential" else {}
    answer = await client.post(path, headers={**KEY, **credential})

    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ["short", "x" * 256, "with a space in it", ""])
async def test_a_malformed_key_is_400(client: AsyncClient, key: str) -> None:
    answer = await client.post("/streams/schedule-1", headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_header"


async def test_a_stale_version_is_412(client: AsyncClient) -> None:
    await client.post("/streams/schedule-1")
    answer = await client.post("/streams/schedule-1", headers={"If-Match": '"0"'})
    assert answer.status_code == 412
    assert answer.json()["code"] == "precondition_failed"


async def test_a_request_in_flight_is_409(client: AsyncClient, store: EventStore) -> None:
    request = Request(
        {
            "type": "http",
            "method": "POST",
            "path": "/streams/schedule-9",
            "query_string": b"",
            "headers": [(b"idempotency-key", KEY["Idempotency-Key"].encode())],
            "server": ("test", 80),
            "scheme": "http",
        },
        _empty,
    )
    repeated = await idempotent_request(request)
    assert repeated is not None
    with store.answering(repeated):
        answer = await client.post("/streams/schedule-9", headers=KEY)
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_in_flight"
    assert answer.headers["Retry-After"] == "1"


async def test_a_route_may_look_for_the_kept_answer_itself(client: AsyncClient) -> None:
    first = await client.post("/careful/schedule-1", headers=KEY)
    again = await client.post("/careful/schedule-1", headers=KEY)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["ETag"] == first.headers["ETag"]


async def _empty() -> dict[str, object]:
    return {"type": "http.request", "body": b"", "more_body": False}
