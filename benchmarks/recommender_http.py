"""What recommender's answers cost over HTTP, beside an endpoint of the same app that does nothing.

Clients of this process keep their connections and send the next request as soon
as they have read the answer, so that the server is what is busy. The endpoints take turns.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any, cast

import uvloop

from benchmarks import recommender_live
from benchmarks.polls import crowd
from benchmarks.recommender_served import served
from benchmarks.report import Row, report
from benchmarks.servers import kafka, postgres
from contracts.schedules import FreeInterval, Preference
from recommender.ranking.schedules import AVAILABLE, IF_NEEDED, PREFERRED
from recommender.testing import START, Others, Poll

PEOPLE = 200
CONNECTIONS = 8
SECONDS = 1.5
ROUNDS = 7

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
    sys.exit(0 if main() else 1)
