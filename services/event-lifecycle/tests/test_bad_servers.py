"""Servers that are no good at HTTP, or mean us harm: each costs one bounded attempt."""

import gzip
from asyncio import StreamReader, StreamWriter
from datetime import timedelta

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.bad_server import Conduct, read_request, saying, serve_badly, silent
from event_lifecycle.testing.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIMEOUT = timedelta(milliseconds=400)
OK = b"HTTP/1.1 200 OK\r\n"
DISCONNECTED = "connection_failed: ServerDisconnectedError"
BAD_ANSWER = "bad_answer: not HTTP, or with headers that are too long"


@pytest.fixture(scope="module")
def shared_settings(shared_settings: Settings) -> Settings:
    """The second attempt is an hour away: each test is about the first."""
    changes = {"webhook_timeout": TIMEOUT, "webhook_retry_schedule": (timedelta(hours=1),)}
    return shared_settings.model_copy(update=changes)


async def hangs_up(_: StreamReader, writer: StreamWriter) -> None:
    writer.close()


async def resets(reader: StreamReader, writer: StreamWriter) -> None:
    await read_request(reader)
    writer.transport.abort()


NO_ANSWER: dict[str, tuple[Conduct, str]] = {
    "hangs up at once": (hangs_up, "connection_failed: "),
    "resets the connection": (resets, "connection_failed: "),
    "hangs up on the request": (saying(), DISCONNECTED),
    "hangs up amid its headers": (saying(OK + b"content-len"), DISCONNECTED),
    "says nothing": (silent, "timeout"),
    "says its headers a byte at a time": (
        saying(*(bytes([byte]) for byte in OK * 9), every_s=0.1),
        "timeout",
    ),
    "says without end that it goes on": (
        saying(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 99, every_s=0.05),
        "timeout",
    ),
    "speaks something else": (saying(b"SSH-2.0-OpenSSH_9.6\r\n"), BAD_ANSWER),
    "speaks another HTTP": (saying(b"HTTP/9.9 abc\r\n\r\n"), BAD_ANSWER),
    "has a header of a megabyte": (
        saying(OK + b"x: " + b"y" * 1_000_000 + b"\r\n\r\n"),
        BAD_ANSWER,
    ),
    "has a megabyte of headers": (saying(OK + b"x: y\r\n" * 170_000 + b"\r\n"), BAD_ANSWER),
}


@pytest.mark.parametrize("case", NO_ANSWER)
async def test_what_is_no_answer_is_a_failure_with_a_reason(running: Running, case: str) -> None:
    conduct, error = NO_ANSWER[case]
    async with serve_badly(conduct) as bad:
        await running.registers(f"http://127.0.0.1:{bad.port}/hook")
        await running.creates()
        delivery = await running.tried(1)
    [attempt] = await running.attempts(delivery["id"])
    assert (delivery["state"], attempt["status"]) == ("pending", None)
    assert attempt["error"].startswith(error), attempt["error"]
    assert attempt["ms"] < 1_500
    assert bad.connections == 1


BAD_BODIES: dict[str, tuple[Conduct, int, str]] = {
    "breaks off": (saying(OK + b"content-length: 99\r\n\r\nthank you"), 200, "thank you"),
    "breaks off amid a chunk": (
        saying(OK + b"transfer-encoding: chunked\r\n\r\n63\r\nthank you"),
        200,
        "thank you",
    ),
    "never comes": (saying(OK + b"content-length: 99\r\n\r\n", b"-", every_s=9), 200, ""),
    "comes a byte at a time": (
        saying(OK + b"content-length: 99\r\n\r\n", *[b"."] * 99, every_s=0.1),
        200,
        ".",
    ),
    "of a failure never comes": (
        saying(b"HTTP/1.1 503 No\r\ncontent-length: 9\r\n\r\n", b"-", every_s=9),
        503,
        "",
    ),
}


@pytest.mark.parametrize("case", BAD_BODIES)
async def test_the_status_stands_whatever_becomes_of_the_body(running: Running, case: str) -> None:
    conduct, status, excerpt = BAD_BODIES[case]
    async with serve_badly(conduct) as bad:
        await running.registers(f"http://127.0.0.1:{bad.port}/hook")
        await running.creates()
        delivery = await running.tried(1)
    [attempt] = await running.attempts(delivery["id"])
    assert attempt["status"] == status
    assert attempt["error"] == (None if status == 200 else f"status_{status}")
    assert attempt["response_excerpt"].startswith(excerpt)
    assert attempt["ms"] < 1_500


async def test_of_a_gigabyte_no_more_is_read_than_is_kept(running: Running) -> None:
    sent = 0

    async def endless(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(OK + b"content-length: 1000000000\r\n\r\n")
        while sent < 1_000_000_000:
            writer.write(b"\x00x" * 50_000)
            await writer.drain()
            sent += 100_000

    async with serve_badly(endless) as bad:
        await running.registers(f"http://127.0.0.1:{bad.port}/hook")
        await running.creates()
        delivery = await running.the_delivery("delivered")
    [attempt] = await running.attempts(delivery["id"])
    assert attempt["response_excerpt"] == "�x" * 512
    # Who reads on is stopped by nothing but the timeout.
    assert attempt["ms"] < TIMEOUT / timedelta(milliseconds=1)
    # What lay in the kernel's buffers was sent and not read.
    assert sent < 16_000_000


async def test_a_compressed_answer_is_kept_as_it_came(running: Running) -> None:
    bomb = gzip.compress(b"A" * 10_000_000)
    answer = b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    async with serve_badly(saying(OK + answer + bomb)) as bad:
        await running.registers(f"http://127.0.0.1:{bad.port}/hook")
        await running.creates()
        delivery = await running.the_delivery("delivered")
    [attempt] = await running.attempts(delivery["id"])
    assert len(attempt["response_excerpt"]) <= 1_024
    assert "AAAA" not in attempt["response_excerpt"]
