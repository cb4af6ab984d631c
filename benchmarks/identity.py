"""What it costs to know who calls, and what people who sign in cost those who do not.

Requests that check a capability or an access token take turns with requests that do nothing, on
one server. And polls are read from poll-api, so many a second, at rest and while 50 people sign
in at the same time, again and again.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import aiohttp
import uvloop

from benchmarks.identity_served import CAPABILITY, token_of
from benchmarks.recommender_http import Client
from benchmarks.report import Row, p50, p99, report
from benchmarks.servers import database, postgres
from chassis.migrations import migrate
from chassis.testing import TokenIssuer
from poll_api.migrations import FOLDERS
from poll_api.testing import proposal
from standalone.lone_service import LoneService
from standalone.ports import free_port

ROUTES = ("nothing-first", "checked", "declared", "nothing-last")
CONNECTIONS = 4
SECONDS = 0.2
ROUNDS = 30

SIGN_INS = 50
READS_A_SECOND = 100
READING_S = 3
TURNS = 3
_PATIENCE_S = 20
_PASSWORD = "nine green bottles"
_UNLIMITED = {
    "RATE_LIMIT_PER_ADDRESS": "off",
    "RATE_LIMIT_PER_CREDENTIAL": "off",
    "SIGN_IN_LIMIT_PER_ADDRESS": "off",
    "SIGN_IN_LIMIT_PER_ACCOUNT": "off",
    "REGISTRATION_LIMIT_PER_ADDRESS": "off",
    "COMMONTIME_SIGNING_KEY": "a-secret-that-signs-only-in-benchmarks",
}


def main() -> bool:
    rows = uvloop.run(_checking())
    with postgres() as server:
        rows += uvloop.run(_beside_sign_ins(server))
    return report("identity", rows)


async def _checking() -> list[Row]:
    issuer = TokenIssuer()
    shown = {"a capability": CAPABILITY, "an access token": token_of(issuer)}
    costs: dict[tuple[str, str], list[float]] = defaultdict(list)
    with _served(issuer) as served:
        for _ in range(ROUNDS):
            for name, token in shown.items():
                for route in ROUTES:
                    costs[name, route].append(await _cost(served, _request(route, token)))
    rows = list[Row]()
    for name in shown:
        first, checked, declared, last = (
            # The least: what else runs on the machine only ever adds to it.
            min(costs[name, route])
            for route in ROUTES
        )
        nothing = (first + last) / 2
        rows += [
            Row(f"checking {name}", "ms", checked, nothing, 1.05, "lower"),
            Row(f"checking {name}, as FastAPI's dependency", "ms", declared, nothing),
        ]
    return rows


@dataclass(frozen=True)
class Served:
    address: tuple[str, int]
    process: int

    def worked(self) -> int:
        """Nanoseconds that its first thread, which does it all, has had a processor."""
        return int(Path(f"/proc/{self.process}/schedstat").read_text().split()[0])


@contextmanager
def _served(issuer: TokenIssuer) -> Generator[Served]:
    port, key = free_port(), json.dumps(issuer.key.as_dict(private=True))
    command = [sys.executable, "-m", "benchmarks.identity_served", str(port)]
    child = subprocess.Popen(command, env={**os.environ, "KEY": key}, stdout=subprocess.DEVNULL)
    try:
        yield Served(("127.0.0.1", port), child.pid)
    finally:
        child.terminate()
        child.wait()


def _request(what: str, token: str) -> bytes:
    return (
        f"GET /{what} HTTP/1.1\r\nHost: commontime.test\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


async def _cost(served: Served, request: bytes) -> float:
    """Milliseconds of the server's processor that one answer takes.

    Not of the clock: whatever else runs on the machine would be in it, in one case and not in the
    other.
    """
    length = await _length(served.address, request)
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Client(request, length), *served.address)
        for _ in range(CONNECTIONS)
    ]
    began, before = served.worked(), sum(client.answers for _, client in made)
    await asyncio.sleep(SECONDS)
    answers = sum(client.answers for _, client in made) - before
    worked = served.worked() - began
    for transport, _ in made:
        transport.close()
    return worked / answers / 1e6


async def _length(address: tuple[str, int], request: bytes) -> int:
    reader, writer = await _connected(address)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200"), head
    return len(head) + len(b"{}")


async def _connected(
    address: tuple[str, int],
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    ends = perf_counter() + _PATIENCE_S
    while True:
        try:
            return await asyncio.open_connection(*address)
        except ConnectionError:  # it is still starting
            assert perf_counter() < ends
            await asyncio.sleep(0.1)


async def _beside_sign_ins(server: str) -> list[Row]:
    at_rest, coming, beside, sign_ins = (list[float]() for _ in range(4))
    async with _poll_api(server) as (session, poll, email):
        await _reads(session, poll)
        for _ in range(TURNS):
            at_rest += await _reads(session, poll)
            people = [
                asyncio.create_task(_keeps_signing_in(session, email, sign_ins))
                for _ in range(SIGN_INS)
            ]
            # First all of them open a connection at once, which this process has to do, too.
            coming += await _reads(session, poll)
            beside += await _reads(session, poll)
            for one in people:
                one.cancel()
            await asyncio.gather(*people, return_exceptions=True)
            # Those that were on their way are still worked on.
            await asyncio.sleep(3)
    name = f"beside {SIGN_INS} sign-ins"
    return [
        Row(f"a poll {name}, p50", "ms", 1e3 * p50(beside), 1e3 * p50(at_rest)),
        Row(f"a poll {name}, p99", "ms", 1e3 * p99(beside), 1e3 * p99(at_rest), 2, "lower"),
        Row("… while they all come at once, p99", "ms", 1e3 * p99(coming), 1e3 * p99(at_rest)),
        Row(f"a sign-in {name}, p50", "ms", 1e3 * p50(sign_ins)),
        Row("sign-ins", "1/s", len(sign_ins) / (2 * TURNS * READING_S)),
    ]


async def _reads(session: aiohttp.ClientSession, poll: str) -> list[float]:
    """How long each of the readers waits, who come whether the others have been served or not."""

    async def read(due: float) -> float:
        async with session.get(poll) as answer:
            await answer.read()
            assert answer.status == 200
        return perf_counter() - due

    began, readers = perf_counter(), list[asyncio.Task[float]]()
    for number in range(READS_A_SECOND * READING_S):
        due = began + number / READS_A_SECOND
        await asyncio.sleep(due - perf_counter())
        readers.append(asyncio.create_task(read(perf_counter())))
    return await asyncio.gather(*readers)


async def _keeps_signing_in(session: aiohttp.ClientSession, email: str, taken: list[float]) -> None:
    body = {"email": email, "password": _PASSWORD}
    while True:
        began = perf_counter()
        async with session.post("/api/v1/sessions", json=body) as answer:
            assert answer.status == 200, await answer.text()
        taken.append(perf_counter() - began)


@asynccontextmanager
async def _poll_api(server: str) -> AsyncGenerator[tuple[aiohttp.ClientSession, str, str]]:
    """With a poll and an account, at rest."""
    with database(server) as url, tempfile.TemporaryDirectory(prefix="commontime-bench-") as folder:
        migrate(url, *FOLDERS)
        service = LoneService("poll-api", url, Path(folder), settings=_UNLIMITED)
        connector, jar = aiohttp.TCPConnector(limit=0), aiohttp.DummyCookieJar()
        try:
            await asyncio.to_thread(service.starts)
            async with aiohttp.ClientSession(
                service.url, connector=connector, cookie_jar=jar
            ) as session:
                yield session, *await _prepared(session)
        finally:
            service.stops()


async def _prepared(session: aiohttp.ClientSession) -> tuple[str, str]:
    email = "ann@example.org"
    body = {"email": email, "password": _PASSWORD}
    async with session.post("/api/v1/accounts", json=body) as answer:
        assert answer.status == 201, await answer.text()
    details = proposal(access="public")
    async with session.post("/api/v1/polls", json=details) as answer:
        assert answer.status == 201, await answer.text()
        return f"/api/v1/polls/{(await answer.json())['id']}", email


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
