"""What no route has to think about: depth, control characters, size."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from chassis.application import create_service
from chassis.settings import ServiceSettings

POLL = "/api/v1/polls/0199f3d2-0000-7000-8000-000000000000"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    echo = APIRouter()

    @echo.post("/echo")
    async def echo_body(body: dict[str, object]) -> dict[str, object]:  # pyright: ignore[reportUnusedFunction]  # a route
        return body

    app.include_router(echo)
    return app


def nested(depth: int) -> bytes:
    return b'{"a": ' * (depth - 1) + b"{}" + b"}" * (depth - 1)


async def test_the_deepest_permitted_body_passes(client: httpx.AsyncClient) -> None:
    response = await client.post("/echo", content=nested(32), headers=JSON)
    assert response.status_code == 200


@pytest.mark.parametrize("depth", [33, 100_000])
async def test_a_deeper_body_is_refused(client: httpx.AsyncClient, depth: int) -> None:
    response = await client.post("/echo", content=nested(depth), headers=JSON)
    assert response.json()["code"] == "not_json"
    assert response.status_code == 400


async def test_brackets_in_strings_are_no_depth(client: httpx.AsyncClient) -> None:
    body = {"text": '[{"\\' * 200}
    response = await client.post("/echo", json=body)
    assert response.json() == body


async def test_closing_brackets_in_strings_do_not_hide_depth(client: httpx.AsyncClient) -> None:
    body = b'["]",' * 40 + b"1" + b"]" * 40
    response = await client.post("/echo", content=b'{"a":' + body + b"}", headers=JSON)
    assert response.status_code == 400


async def test_many_flat_values_are_no_depth(client: httpx.AsyncClient) -> None:
    body = {"intervals": [{"start": "a"} for _ in range(2000)]}
    assert (await client.post("/echo", json=body)).json() == body


@pytest.mark.parametrize("character", ["\0", "\x08", "\x0b", "\x1f", "\x7f", "\x85"])
@pytest.mark.parametrize("escaped", [True, False])
async def test_a_control_character_is_422_and_pointed_at(
    client: httpx.AsyncClient, character: str, escaped: bool
) -> None:
    body = json.dumps({"list": [{"text": f"a{character}b"}]}, ensure_ascii=escaped)
    response = await client.post("/echo", content=body.encode(), headers=JSON)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/list/0/text"


@pytest.mark.parametrize(
    "text", ["two\nlines\tand a column\r\n", "\\u0000 as text", "ж 语 🙂 \xa0"]
)
async def test_other_text_passes(client: httpx.AsyncClient, text: str) -> None:
    assert (await client.post("/echo", json={"text": text})).json() == {"text": text}


async def test_a_control_character_in_the_query_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post(f"{POLL}?limit=%00", json={"title": "a"})
    assert response.status_code == 400


async def test_a_route_may_take_another_media_type(settings: ServiceSettings) -> None:
    @asynccontextmanager
    async def nothing_to_open(_app: FastAPI) -> AsyncGenerator[None]:
        yield

    calendars = create_service(
        "chassis",
        settings,
        routers=[],
        lifespan=nothing_to_open,
        other_media={"/import": frozenset({"text/calendar"})},
    )
    transport = httpx.ASGITransport(calendars)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        calendar, text = {"Content-Type": "text/calendar"}, {"Content-Type": "text/plain"}
        passed = await client.post("/nowhere/import", content=b"BEGIN:\0", headers=calendar)
        elsewhere = await client.post("/nowhere", content=b"BEGIN:\0", headers=calendar)
        other = await client.post("/nowhere/import", content=b"a", headers=text)
    assert passed.status_code == 404
    assert (elsewhere.status_code, elsewhere.headers["accept"]) == (415, "application/json")
    assert other.headers["accept"] == "application/json, text/calendar"
