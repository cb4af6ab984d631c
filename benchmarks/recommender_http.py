"""What recommender's answers cost over HTTP, beside an endpoint of the same app that does nothing.

The real service in a process of its own, as its command line runs it, on PostgreSQL and Kafka; its
log goes to a file. Clients of this process keep their connections and send the next request as soon
as they have read the answer, so that the server is what is busy. The endpoints take turns.
"""

import asyncio
import json
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any, cast

import uvloop
from fastapi import APIRouter, Response

from benchmarks import recommender_live
from benchmarks.polls import crowd
from benchmarks.report import Row, report
from benchmarks.servers import database, kafka, postgres
from chassis.graceful_server import GracefulServer, uvicorn_config
from chassis.logs import configure_logs
from chassis.migrations import migrate
from contracts import topics
from contracts.fact import Span
from contracts.schedules import FreeInterval, Preference
from inbox.testing.owner import serve_owner
from inbox.topics import ensure_topics
from recommender.main import create_app
from recommender.migrations import FOLDERS
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED
from recommender.settings import Settings
from recommender.testing import START, Others, Poll, others, settings_of

PEOPLE = 200
CONNECTIONS = 8
SECONDS = 1.5
ROUNDS = 7

_DAYS = 14
_PATIENCE_S = 30
_PREFERENCES: Mapping[int, Preference] = {
    IF_NEEDED: "if_needed",
    AVAILABLE: "available",
    PREFERRED: "preferred",
}


@dataclass
class Asked:
    """One request, sent again and again; all its answers have the same length."""

    name: str
    request: bytes

    def __post_init__(self) -> None:
        self.rates: list[float] = []


class Client(asyncio.Protocol):
    """Counts whole answers until it is told to stop; the first one is asked for beforehand."""

    def __init__(self, request: bytes, length: int) -> None:
        self._request = request
        self._length = length
        self._left = length
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own is no subclass.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left == 0:
            self.answers += 1
            self._left = self._length
            self._transport.write(self._request)


def main() -> bool:
    with postgres() as server, kafka() as bootstrap:
        rows = uvloop.run(_measured(server, bootstrap))
        rows += recommender_live.rows(server, bootstrap)
    return report("recommender-http", rows)


async def _measured(server: str, bootstrap: str) -> list[Row]:
    async with served(server, bootstrap) as (address, poll, they):
        await _fill(they, poll)
        nothing, warm, plain, unchanged = await _questions(address, poll)
        for _ in range(ROUNDS):
            for asked in (nothing, warm, plain, unchanged):
                asked.rates.append(await _rate(address, asked.request))
    at_rest = median(nothing.rates)
    return [
        Row(f"{PEOPLE} people, warm", "req/s", median(warm.rates), at_rest, 0.8),
        Row(f"{PEOPLE} people, warm, no gzip", "req/s", median(plain.rates), at_rest, 0.8),
        Row(f"{PEOPLE} people, 304", "req/s", median(unchanged.rates), at_rest, 0.95),
    ]


@asynccontextmanager
async def served(
    server: str, bootstrap: str
) -> AsyncGenerator[tuple[tuple[str, int], Poll, Others]]:
    prefix = f"bench{secrets.token_hex(4)}."
    await ensure_topics(bootstrap, prefix, [topics.POLLS, topics.SCHEDULES, topics.PARTICIPANTS])
    async with (
        serve_owner() as poll_api,
        serve_owner() as availability,
        others(bootstrap, prefix, poll_api, availability) as they,
    ):
        with database(server) as url:
            migrate(url, *FOLDERS)
            settings = settings_of(url, bootstrap, prefix, poll_api, availability)
            with _serving(settings) as address:
                yield address, await _opened(they), they


@contextmanager
def _serving(settings: Settings) -> Generator[tuple[str, int]]:
    """The service in another process, which listens on our socket."""
    document = settings.model_dump(mode="json")
    for name in ("database_url", "service_token"):
        document[name] = getattr(settings, name).get_secret_value()
    with (
        tempfile.TemporaryFile() as log,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        command = [sys.executable, "-m", "benchmarks.recommender_http", str(listening.fileno())]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, pass_fds=[listening.fileno()]
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(document).encode())
        process.stdin.close()
        try:
            yield listening.getsockname()
        finally:
            process.terminate()
            process.wait(15)


def serve(descriptor: int) -> None:
    """Of the other process: settings come in, as the file `descriptor` a socket that listens."""
    settings = Settings.model_validate_json(sys.stdin.read())
    configure_logs(settings)
    app = create_app(settings)
    router = APIRouter(prefix="/api/v1/polls/{poll_id}", include_in_schema=False)
    router.add_api_route("/nothing", _nothing)
    app.include_router(router)
    # The first to be tried, so that finding it costs the least.
    app.router.routes.insert(0, app.router.routes.pop())
    listening = socket.socket(fileno=descriptor)
    config = uvicorn_config(app, host="127.0.0.1", port=0)
    GracefulServer(config, [app.state.draining]).run(sockets=[listening])


async def _nothing() -> Response:
    return Response()


async def _opened(they: Others) -> Poll:
    slots = tuple(
        Span(start=START + timedelta(days=day), end=START + timedelta(days=day, hours=9))
        for day in range(_DAYS)
    )
    window = Span(start=START, end=START + timedelta(days=_DAYS))
    return await they.opened(window=window, slots=slots)


async def _fill(they: Others, poll: Poll) -> None:
    """Facts that recommender asks their owner for, and names that come over Kafka."""
    they.sends = False
    for number, someone in enumerate(crowd(PEOPLE, 15)):
        intervals = [
            FreeInterval(
                start=START + timedelta(microseconds=start) - timedelta(hours=9),
                end=START + timedelta(microseconds=end) - timedelta(hours=9),
                preference=_PREFERENCES[level],
            )
            for start, end, level in someone.intervals
        ]
        await they.answered(poll, f"Participant {number}", *intervals)


async def _questions(address: tuple[str, int], poll: Poll) -> tuple[Asked, ...]:
    """When everything is taken in; a request for nothing has the same headers."""
    up_to_date = f"Commontime-Min-Sequence: polls={poll.polls}, schedules={poll.schedules}\r\n"
    ends = perf_counter() + _PATIENCE_S
    while True:
        try:
            head, body = await _answer(address, _request(poll, "recommendations", up_to_date))
        except ConnectionError:  # it is still starting
            head, body = b"", b"{}"
        if len(json.loads(body).get("people", ())) == PEOPLE:
            break
        assert perf_counter() < ends, (head, body)
        await asyncio.sleep(0.05)
    etag = head.partition(b"etag: ")[2].partition(b"\r\n")[0].decode()
    # As browsers and HTTP libraries ask.
    gzip = "Accept-Encoding: gzip\r\n"
    known = f"If-None-Match: {etag}\r\n"
    return (
        Asked("nothing", _request(poll, "nothing", gzip)),
        Asked("warm", _request(poll, "recommendations", gzip)),
        Asked("plain", _request(poll, "recommendations")),
        Asked("304", _request(poll, "recommendations", gzip + known)),
    )


def _request(poll: Poll, what: str, more: str = "") -> bytes:
    return (
        f"GET /api/v1/polls/{poll.id}/{what} HTTP/1.1\r\nHost: recommender\r\n"
        f"Accept: application/json\r\nAuthorization: Bearer {poll.organiser}\r\n{more}\r\n"
    ).encode()


async def _rate(address: tuple[str, int], request: bytes) -> float:
    """Whole answers a second."""
    head, body = await _answer(address, request)
    length = len(head) + len(body)
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Client(request, length), *address)
        for _ in range(CONNECTIONS)
    ]
    began, before = perf_counter(), sum(client.answers for _, client in made)
    await asyncio.sleep(SECONDS)
    rate = (sum(client.answers for _, client in made) - before) / (perf_counter() - began)
    for transport, _ in made:
        transport.close()
    return rate


async def _answer(address: tuple[str, int], request: bytes) -> tuple[bytes, bytes]:
    """The head with the empty line after it, and the body."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length: Any = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return head, await reader.readexactly(int(length or 0))
    finally:
        writer.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(int(sys.argv[1]))
    else:
        sys.exit(0 if main() else 1)
