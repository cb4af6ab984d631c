"""Callers who ask too often are told so, before anything of their request is read."""

import pickle
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from time import perf_counter

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.application import create_service
from chassis.client_address import ClientAddress, address_of
from chassis.rate_limiting import RateLimiting
from chassis.rate_limits import Allowance, TokenBuckets, allowance
from chassis.settings import ServiceSettings, variables

TOKEN = {"Authorization": "Bearer ct_ans_of-the-tests"}
OTHER = {"Authorization": "Bearer ct_ans_another-one"}
OFF = {"rate_limit_per_address": "off", "rate_limit_per_credential": "off"}
Asking = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]

router = APIRouter()


@router.get("/counted")
async def counted(request: Request) -> str:
    return address_of(request).hex()


@router.post("/body")
async def body(document: dict[str, int]) -> int:
    return document["a"]


@asynccontextmanager
async def nothing_to_open(_app: FastAPI) -> AsyncGenerator[None]:
    yield


@pytest.fixture
def asking(settings: ServiceSettings) -> Asking:
    """A client of a service with these settings, from this address."""

    @asynccontextmanager
    async def ask(
        address: str = "192.0.2.1", **changed: object
    ) -> AsyncGenerator[httpx.AsyncClient]:
        values = {**settings.model_dump(), **OFF, **changed}
        app = create_service(
            "chassis",
            ServiceSettings.model_validate(values),
            routers=[router],
            lifespan=nothing_to_open,
        )
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield client

    return ask


async def test_an_address_gets_its_burst_and_then_a_refusal(asking: Asking) -> None:
    async with asking(rate_limit_per_address="1/m burst 3") as client:
        left = [(await client.get("/counted")).headers["ratelimit"] for _ in range(3)]
        refused = await client.get("/counted")
    assert left == ['"address";r=2;t=60', '"address";r=1;t=120', '"address";r=0;t=180']
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_requests"
    assert refused.json()["instance"] == "/counted"
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["ratelimit"] == '"address";r=0;t=60'
    assert refused.headers["ratelimit-policy"] == '"address";q=3;w=180'
    assert refused.headers["cache-control"] == "private, no-cache"


async def test_a_credential_has_a_limit_of_its_own(asking: Asking) -> None:
    async with asking(rate_limit_per_credential="1/m burst 2") as client:
        statuses = [(await client.get("/counted", headers=TOKEN)).status_code for _ in range(3)]
        other = await client.get("/counted", headers=OTHER)
        nobody = await client.get("/counted")
    assert statuses == [200, 200, 429]
    assert other.headers["ratelimit"] == '"credential";r=1;t=60'
    assert nobody.status_code == 200
    assert "ratelimit" not in nobody.headers


async def test_both_limits_are_told(asking: Asking) -> None:
    limits = {"rate_limit_per_address": "10/s", "rate_limit_per_credential": "5/m burst 7"}
    async with asking(**limits) as client:
        answer = await client.get("/counted", headers=TOKEN)
    assert answer.headers["ratelimit-policy"] == '"address";q=10;w=1, "credential";q=7;w=84'
    assert answer.headers["ratelimit"] == '"address";r=9;t=1, "credential";r=6;t=12'


async def test_whoever_is_refused_for_the_address_uses_up_no_credential(asking: Asking) -> None:
    limits = {"rate_limit_per_address": "1/h", "rate_limit_per_credential": "5/h"}
    async with asking(**limits) as client:
        await client.get("/counted", headers=TOKEN)
        refused = await client.get("/counted", headers=TOKEN)
    assert refused.status_code == 429
    assert refused.headers["ratelimit"] == '"address";r=0;t=3600'


async def test_refused_requests_are_refused_whatever_they_ask(asking: Asking) -> None:
    async with asking(rate_limit_per_address="1/h") as client:
        await client.get("/counted")
        for method, path in (("GET", "/nowhere"), ("PUT", "/counted"), ("GET", "/docs")):
            assert (await client.request(method, path)).status_code == 429


async def test_off_is_off(asking: Asking) -> None:
    async with asking() as client:
        answers = [await client.get("/counted", headers=TOKEN) for _ in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert not {"ratelimit", "ratelimit-policy"} & set(answers[0].headers)
    assert answers[0].json() == "c0000201"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_machines_that_watch_are_not_counted(asking: Asking, path: str) -> None:
    async with asking(rate_limit_per_address="1/h") as client:
        assert [(await client.get(path)).status_code for _ in range(5)] == [200] * 5
        assert (await client.get("/counted")).status_code == 200


async def test_services_among_themselves_are_not_counted(
    asking: Asking, settings: ServiceSettings
) -> None:
    shown = {"Authorization": f"Bearer {settings.service_token.get_secret_value()}"}
    async with asking(rate_limit_per_address="1/h", rate_limit_per_credential="1/h") as client:
        for _ in range(5):
            assert (await client.get("/internal/v1/heads", headers=shown)).status_code == 404
        # The path alone, or the token elsewhere, frees nobody.
        assert (await client.get("/internal/v1/heads", headers=TOKEN)).status_code == 404
        assert (await client.get("/internal/v1/heads", headers=TOKEN)).status_code == 429
        assert (await client.get("/counted", headers=shown)).status_code == 429


async def test_the_addresses_behind_a_trusted_gateway_are_told_apart(asking: Asking) -> None:
    behind = {"trusted_proxies": ["10.0.0.0/8"], "rate_limit_per_address": "1/h"}
    async with asking("10.0.0.1", **behind) as client:
        for claimed, status in (("192.0.2.1", 200), ("192.0.2.2", 200), ("192.0.2.1", 429)):
            headers = {"X-Forwarded-For": claimed}
            assert (await client.get("/counted", headers=headers)).status_code == status


async def test_nobody_gets_a_new_limit_by_claiming_another_address(asking: Asking) -> None:
    behind = {"trusted_proxies": ["10.0.0.0/8"], "rate_limit_per_address": "1/h"}
    async with asking("192.0.2.1", **behind) as client:
        for number, status in enumerate((200, 429, 429)):
            headers = {
                "X-Forwarded-For": f"198.51.100.{number}",
                "Forwarded": f"for=203.0.113.{number}",
            }
            assert (await client.get("/counted", headers=headers)).status_code == status
    async with asking("10.0.0.1", **behind) as client:
        for number, status in enumerate((200, 429, 429)):
            headers = {"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.1"}
            assert (await client.get("/counted", headers=headers)).status_code == status


async def test_the_neighbours_in_an_ipv6_network_share_a_limit(asking: Asking) -> None:
    behind = {"trusted_proxies": ["10.0.0.0/8"], "rate_limit_per_address": "1/h"}
    async with asking("10.0.0.1", **behind) as client:
        for claimed, status in (
            ("2001:db8::1", 200),
            ("2001:db8::2", 429),
            ("2001:db8:0:1::", 200),
        ):
            headers = {"X-Forwarded-For": claimed}
            assert (await client.get("/counted", headers=headers)).status_code == status


async def test_the_body_of_a_refused_request_is_not_read(asking: Asking) -> None:
    async def body() -> AsyncGenerator[bytes]:
        raise AssertionError("somebody has read it")
        yield b""

    async with asking(rate_limit_per_address="1/h") as client:
        await client.get("/counted")
        assert (await client.post("/body", content=body())).status_code == 429


async def test_of_a_credential_only_a_hash_is_kept() -> None:
    limiting = limiting_of(answers)
    await limiting(request_with("ct_ans_secret"), nothing_comes, nobody_listens)
    kept = pickle.dumps(limiting)
    assert sha256(b"Bearer ct_ans_secret").digest() in kept
    assert b"ct_ans_secret" not in kept


async def test_counting_costs_less_than_20_microseconds_a_request() -> None:
    requests = [request_with(f"ct_ans_{number:043d}") for number in range(2000)]
    limiting = limiting_of(answers)
    with_us = [await seconds(limiting, requests) for _ in range(7)]
    without = [await seconds(answers, requests) for _ in range(7)]
    assert (min(with_us) - min(without)) / len(requests) < 20e-6


def test_a_class_of_300_phones_behind_one_address_meets_no_limit() -> None:
    """All come within a second by one link, and without a stream look again every five seconds."""
    told = {variable.name: variable.default or "" for variable in variables(ServiceSettings)}
    written = (told["RATE_LIMIT_PER_ADDRESS"], told["RATE_LIMIT_PER_CREDENTIAL"])
    buckets = [TokenBuckets(allowed) for allowed in map(allowance, written) if allowed]
    assert len(buckets) == 2
    coming = [(phone / 300, 5) for phone in range(300)]  # the page itself asks one service 5 times
    looking = [(phone / 300 + 5 * n, 3) for phone in range(300) for n in range(1, 120)]
    for now, requests in sorted(coming + looking):
        for _ in range(requests):
            assert not any(bucket.take("all of them", now).wait for bucket in buckets)


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def nothing_comes() -> Message:
    raise AssertionError("nobody has to read a body")


async def nobody_listens(_message: Message) -> None: ...


def limiting_of(app: ASGIApp) -> RateLimiting:
    allowed = Allowance(per_second=1, burst=1_000_000)
    return RateLimiting(
        app,
        addresses=ClientAddress([], "X-Forwarded-For"),
        service_token="service-token",
        per_address=allowed,
        per_credential=allowed,
    )


def request_with(token: str) -> Scope:
    headers = [(b"host", b"service"), (b"accept", b"*/*"), (b"accept-encoding", b"gzip")]
    return {
        "type": "http",
        "path": "/api/v1/polls",
        "client": ("192.0.2.1", 1),
        "headers": [*headers, (b"authorization", f"Bearer {token}".encode())],
    }


async def seconds(app: ASGIApp, requests: list[Scope]) -> float:
    begun = perf_counter()
    for scope in requests:
        await app(scope, nothing_comes, nobody_listens)
    return perf_counter() - begun
