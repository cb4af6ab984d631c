"""The gateway's committed configuration, in front of servers that say who they are."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest

from chassis.limit_settings import LimitSettings
from chassis.rate_limits import allowance
from gateway import CONFIGURATION, Gateway
from standalone.routes import ROUTES, service_of
from standalone.services import SERVICES
from standalone.testing import eventually

POLL = "/api/v1/polls/0198c0de-0000-7000-8000-000000000000"
PATHS = [
    "/api/v1/polls",
    POLL,
    f"{POLL}/finalise",
    f"{POLL}/history",
    "/api/v1/accounts/me",
    "/.well-known/jwks.json",
    f"{POLL}/participants",
    f"{POLL}/participants/1/schedule",
    f"{POLL}/schedules",
    f"{POLL}/recommendations",
    f"{POLL}/recommendations/what-if",
    f"{POLL}/stream",
    f"{POLL}/event.ics",
    "/api/v1/feeds/ct_fed_token.ics",
    "/api/v1/events",
    "/api/v1/events/1.ics",
    "/api/v1/webhooks/endpoints/1",
]
# What a service answers at its own port and nobody outside may see, and look-alikes of paths.
HIDDEN = [
    "/metrics",
    "/readyz",
    "/internal/v1/heads",
    "/-/poll-api/internal/v1/heads",
    "/-/poll-api/metrics",
    "/api/v1/pollsters",
    "/api/v1/polls/../../../internal/v1/heads",
    "/api/v1/%2e%2e/%2e%2e/internal/v1/heads",
    "//internal/v1/heads",
]


@pytest.fixture(scope="module")
def upstreams() -> Iterator[dict[str, list[int]]]:
    """A server for each service that answers with the service's name and the path it got."""
    with ExitStack() as opened:
        yield {service.name: [opened.enter_context(_echo(service.name))] for service in SERVICES}


@pytest.fixture
def gateway(upstreams: dict[str, list[int]], tmp_path: Path) -> Gateway:
    return Gateway(tmp_path / "gateway", upstreams)


@pytest.fixture
async def client(gateway: Gateway) -> AsyncGenerator[httpx.AsyncClient]:
    gateway.start()
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        yield client
    gateway.stop()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of which no service can be reached."""
    gateway = Gateway(tmp_path / "alone", {service.name: [1] for service in SERVICES})
    gateway.start()
    yield gateway
    gateway.stop()


def test_nginx_accepts_the_configuration(gateway: Gateway) -> None:
    checked = gateway.check()
    assert checked.returncode == 0, checked.stderr
    assert "test is successful" in checked.stderr


def test_the_locations_are_the_one_table_of_routes() -> None:
    found = re.findall(
        r"location ~ \^(\S+)\$ \{\s+(?:proxy_buffering off;\s+)?proxy_pass http://([a-z-]+);",
        CONFIGURATION.read_text(),
    )
    assert found == [(route.pattern, route.service) for route in ROUTES] + [
        (r"/problems(/.*)?", "poll-api")
    ]


async def test_each_path_reaches_its_service(client: httpx.AsyncClient) -> None:
    for path in PATHS:
        answer = await client.post(path, content=b"{}")
        assert answer.text == f"{service_of(path)} {path}"
    assert {service_of(path) for path in PATHS} == {service.name for service in SERVICES}


async def test_what_is_not_for_everybody_is_not_there(
    client: httpx.AsyncClient, gateway: Gateway
) -> None:
    for path in HIDDEN:
        # By hand: a client would tidy the path before it sends it.
        status, headers, body = await _get_as_written(gateway.port, path)
        assert (status, "application/problem+json" in headers) == (404, True), path
        assert '"code":"not_found"' in body


async def test_the_pages_of_problems_and_the_health_are_served(client: httpx.AsyncClient) -> None:
    assert (await client.get("/problems/not_found")).text == "poll-api /problems/not_found"
    assert (await client.get("/healthz")).text == "ok\n"


async def test_a_body_of_two_mebibytes_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/polls", content=bytes(2 * 1024 * 1024))
    assert_problem(answer, 413, "too_large")


async def test_whoever_asks_too_often_is_told_so(gateway: Gateway, tmp_path: Path) -> None:
    # The committed figures are wider than a test can ask.
    written = tmp_path / "gateway" / "nginx.conf"
    narrow = written.read_text().replace("rate=1000r/s", "rate=100r/s").replace("=5000", "=200")
    written.write_text(narrow)
    gateway.start()
    try:
        await _is_told(gateway)
    finally:
        gateway.stop()


async def _is_told(gateway: Gateway) -> None:
    answers = (await _exchange(gateway.port, [POLL] * 500)).split("HTTP/1.1 ")[1:]
    assert len(answers) == 500
    served = [answer for answer in answers if answer.startswith("200 ")]
    assert 200 <= len(served) < 450
    head, _, body = next(one for one in answers if one.startswith("429 ")).partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    asked = httpx.Request("GET", gateway.url + POLL)
    answer = httpx.Response(429, headers=headers, content=body.encode(), request=asked)
    assert_problem(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] == "1"


def test_a_class_behind_one_address_meets_the_services_limits_and_not_the_gateways() -> None:
    written = CONFIGURATION.read_text()
    rate, burst = re.findall(r"rate=(\d+)r/s", written), re.findall(r"burst=(\d+)", written)
    theirs = allowance(LimitSettings.model_fields["rate_limit_per_address"].get_default())
    assert theirs
    assert int(*rate) > theirs.per_second
    assert int(*burst) > theirs.burst


async def test_nobody_chooses_the_address_that_services_count_by(tmp_path: Path) -> None:
    with _telling_headers() as port:
        gateway = Gateway(tmp_path / "told", {service.name: [port] for service in SERVICES})
        gateway.start()
        claimed = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
        try:
            async with httpx.AsyncClient(base_url=gateway.url, headers=claimed) as client:
                told = (await client.get(POLL)).text
        finally:
            gateway.stop()
    assert "X-Forwarded-For: 127.0.0.1\n" in told
    assert "203.0.113.9" not in told


async def test_a_trace_goes_through_the_gateway_as_the_client_began_it(tmp_path: Path) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with _telling_headers() as port:
        gateway = Gateway(tmp_path / "traced", {service.name: [port] for service in SERVICES})
        gateway.start()
        try:
            async with httpx.AsyncClient(base_url=gateway.url) as client:
                told = (await client.get(POLL, headers={"traceparent": trace})).text
        finally:
            gateway.stop()
    assert f"traceparent: {trace}\n" in told


async def test_what_the_gateway_says_itself_carries_the_headers_that_protect(
    client: httpx.AsyncClient,
) -> None:
    own = await client.get("/nowhere")
    passed_on = await client.get("/api/v1/polls")
    assert own.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in own.headers["content-security-policy"]
    assert own.headers["server"] == "nginx"
    # A service's own come through as they are.
    assert "x-content-type-options" not in passed_on.headers


async def test_a_head_that_is_too_large_reaches_no_service(gateway: Gateway) -> None:
    gateway.start()
    try:
        async with httpx.AsyncClient(base_url=gateway.url) as client:
            long = await client.get(f"/api/v1/polls?a={'x' * 8192}")
            wide = await client.get("/api/v1/polls", headers={"x-a": "x" * 8192})
    finally:
        gateway.stop()
    assert (long.status_code, wide.status_code) == (414, 400)


async def test_a_service_that_is_away_is_a_problem(alone: Gateway) -> None:
    async with httpx.AsyncClient(base_url=alone.url) as client:
        answer = await client.get(POLL)
    assert_problem(answer, 503, "service_unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_nobody_reads_queries_or_capabilities_in_a_log(
    gateway: Gateway, client: httpx.AsyncClient, alone: Gateway
) -> None:
    secret = "ct_ans_nobody-may-read-this"
    for one in (gateway, alone):
        headers = {"Authorization": f"Bearer {secret}"}
        await client.get(f"{one.url}{POLL}?token={secret}", headers=headers)
        # nginx writes its line when the answer is already on its way.
        eventually(lambda log=one.log: POLL in log.read_text())
        assert secret not in one.log.read_text()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/feeds/ct_fed_{}.ics",
        "/api/v1/feeds/ct_fed_{}",
        "/api/v1/feeds/ct-fed-{}.ics",
        "/api/v1/%66eeds/{}.ics",
        "//api/v1/feeds/{}.ics",
        "/api/v1/feed/ct_fed_{}.ics",
        "/api/v1/my_feeds/ct_fed_{}.ics",
        "/ct_fed_{}",
    ],
)
async def test_nobody_reads_a_feeds_token_in_a_log(
    client: httpx.AsyncClient, gateway: Gateway, path: str
) -> None:
    secret = "nobody-may_read-this"
    await _get_as_written(gateway.port, path.format(secret))
    await client.get(POLL)
    eventually(lambda: POLL in gateway.log.read_text())
    log = gateway.log.read_text()
    assert "..." in log
    assert secret not in log


async def test_an_event_passes_when_it_happens(tmp_path: Path) -> None:
    happens = asyncio.Event()

    async def watched(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n3\r\n: 1\r\n")
        await happens.wait()
        writer.write(b"3\r\n: 2\r\n0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(watched, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    gateway = Gateway(tmp_path / "streaming", {service.name: [port] for service in SERVICES})
    gateway.start()
    try:
        async with (
            httpx.AsyncClient(base_url=gateway.url, timeout=5) as client,
            client.stream("GET", f"{POLL}/stream") as answer,
        ):
            chunks = answer.aiter_raw()
            assert await anext(chunks) == b": 1"
            happens.set()
            assert await anext(chunks) == b": 2"
    finally:
        gateway.stop()
        server.close()
        await server.wait_closed()


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"/problems/{code}"
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == answer.request.url.path


def _echo(name: str) -> AbstractContextManager[int]:
    return _answering(lambda path, _: f"{name} {path}")


def _telling_headers() -> AbstractContextManager[int]:
    """A server that answers with the headers it was sent."""
    return _answering(lambda _, headers: headers)


@contextmanager
def _answering(answer_to: Callable[[str, str], str]) -> Generator[int]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            body = answer_to(urlsplit(self.path).path, str(self.headers)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


async def _get_as_written(port: int, path: str) -> tuple[int, str, str]:
    head, _, body = (await _exchange(port, [path])).partition("\r\n\r\n")
    return int(head.split()[1]), head.lower(), body


async def _exchange(port: int, paths: Sequence[str]) -> str:
    """All answers to GETs of these paths on one connection, as they come over the wire."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    requests = [f"GET {path} HTTP/1.1\r\nHost: here\r\n" for path in paths]
    requests[-1] += "Connection: close\r\n"
    writer.write("".join(f"{request}\r\n" for request in requests).encode())
    text = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return text
