"""Each bound of a request at its edge: the last that passes, and the first that does not."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.types import Message, Receive, Scope, Send

from chassis.problems import Problem
from chassis.request_guard import (
    MOST_HEADER_BYTES,
    MOST_HEADERS,
    MOST_PARAMETERS,
    MOST_TARGET_BYTES,
    RequestGuard,
)

JSON = {"Content-Type": "application/json"}
MEBIBYTE = 1024 * 1024


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    echo = APIRouter()

    @echo.post("/length")
    async def length(body: dict[str, str]) -> int:  # pyright: ignore[reportUnusedFunction]  # a route
        return len(body["a"])

    @echo.get("/ok")
    async def ok() -> str:  # pyright: ignore[reportUnusedFunction]  # a route
        return "ok"

    app.include_router(echo)
    return app


def body_of(size: int) -> bytes:
    return b'{"a": "' + b"x" * (size - 9) + b'"}'


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("size", "answered"), [(MEBIBYTE, (200, "")), (MEBIBYTE + 1, (413, "too_large"))]
)
async def test_a_body_has_a_mebibyte_and_not_a_byte_more(
    client: httpx.AsyncClient, chunked: bool, size: int, answered: tuple[int, str]
) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        whole = body_of(size)
        for start in range(0, size, 65_521):
            yield whole[start : start + 65_521]

    content = in_pieces() if chunked else body_of(size)
    assert code_of(await client.post("/length", content=content, headers=JSON)) == answered


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity", "GZIP", "x"])
async def test_a_compressed_body_is_refused_unopened(
    client: httpx.AsyncClient, encoding: str
) -> None:
    bomb = gzip.compress(b" " * (64 * MEBIBYTE), 9)
    headers = {**JSON, "Content-Encoding": encoding}
    answer = await client.post("/length", content=bomb, headers=headers)
    assert code_of(answer) == (415, "unsupported_media_type")
    assert answer.headers["accept-encoding"] == "identity"


async def test_identity_is_no_compression(client: httpx.AsyncClient) -> None:
    headers = {**JSON, "Content-Encoding": "identity"}
    assert (await client.post("/length", content=body_of(20), headers=headers)).json() == 11


@pytest.mark.parametrize(("more", "answered"), [(0, (200, "")), (1, (414, "target_too_long"))])
async def test_path_and_query_have_so_many_bytes(
    client: httpx.AsyncClient, more: int, answered: tuple[int, str]
) -> None:
    query = "a=" + "x" * (MOST_TARGET_BYTES - len("/ok") - len("a=") + more)
    assert code_of(await client.get(f"/ok?{query}")) == answered


@pytest.mark.parametrize(("more", "answered"), [(0, (200, "")), (1, (414, "target_too_long"))])
async def test_a_query_has_so_many_parameters(
    client: httpx.AsyncClient, more: int, answered: tuple[int, str]
) -> None:
    query = "&".join(["a=1"] * (MOST_PARAMETERS + more))
    assert code_of(await client.get(f"/ok?{query}")) == answered


@pytest.mark.parametrize(("more", "answered"), [(0, (200, "")), (1, (431, "headers_too_large"))])
async def test_a_request_has_so_many_headers(
    client: httpx.AsyncClient, more: int, answered: tuple[int, str]
) -> None:
    own = len(client.build_request("GET", "/ok").headers)
    headers = {f"x-{number}": "1" for number in range(MOST_HEADERS - own + more)}
    assert code_of(await client.get("/ok", headers=headers)) == answered


@pytest.mark.parametrize(("more", "answered"), [(0, (200, "")), (1, (431, "headers_too_large"))])
async def test_headers_have_so_many_bytes(
    client: httpx.AsyncClient, more: int, answered: tuple[int, str]
) -> None:
    own = client.build_request("GET", "/ok", headers={"x-a": ""}).headers.raw
    size = sum(len(name) + len(value) + 4 for name, value in own)
    headers = {"x-a": "x" * (MOST_HEADER_BYTES - size + more)}
    assert code_of(await client.get("/ok", headers=headers)) == answered


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    answers: list[Message] = []
    coming: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Message:
        if not coming:
            await asyncio.Event().wait()
        return coming.pop()

    async def send(message: Message) -> None:
        answers.append(message)

    async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
        raise Problem("internal")

    guard = RequestGuard(
        nobody,
        max_body_bytes=MEBIBYTE,
        max_json_depth=32,
        body_timeout_s=0.05,
        other_media={},
    )
    scope: Scope = {"type": "http", "path": "/", "query_string": b"", "headers": []}
    await guard(scope, receive, send)
    assert answers[0]["status"] == 408
    assert (b"connection", b"close") in answers[0]["headers"]
    assert b'"too_slow"' in answers[1]["body"]
