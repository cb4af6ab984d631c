"""A real server, and clients that never come to the point."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from chassis import bounded_protocol
from chassis.bounded_protocol import MOST_HEAD_BYTES
from chassis.graceful_server import uvicorn_config


async def says_ok(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
        return
    while (await receive()).get("more_body", False):
        pass
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    server = uvicorn.Server(uvicorn_config(says_ok, host="127.0.0.1", port=0))
    config = server.config
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port: int = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await server.shutdown()


async def test_requests_one_after_the_other_are_answered() -> None:
    async with connected() as (reader, writer):
        for body in (b"", b"x" * 300_000):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
            writer.write(body)
            assert b"200 OK" in await reader.readuntil(b"ok")
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        for _ in range(3):
            assert b"200 OK" in await reader.readuntil(b"ok")


async def test_a_head_without_end_is_cut_off() -> None:
    async with connected() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n")
        await writer.drain()
        sent = 0
        while not reader.at_eof() and sent < 40 * MOST_HEAD_BYTES:
            try:
                writer.write(b"x-a: " + b"y" * 8000 + b"\r\n")
                await writer.drain()
            except ConnectionError:
                break
            sent += 8007
            await asyncio.sleep(0)
        assert sent < 40 * MOST_HEAD_BYTES


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(bounded_protocol, "HEAD_TIMEOUT_S", 0.1)
    async with connected() as (reader, writer), asyncio.timeout(5):
        writer.write(begun)
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"too_slow"' in answer


async def test_what_is_no_request_is_a_problem() -> None:
    async with connected() as (reader, writer), asyncio.timeout(5):
        writer.write(b"\x16\x03\x01 hello\r\n\r\n")
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"application/problem+json" in answer
    assert b'"bad_header"' in answer
