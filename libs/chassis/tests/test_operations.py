"""Health, readiness, metrics and the headers of every answer."""

import asyncio
from importlib.metadata import version

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from chassis.application import create_service
from chassis.settings import ServiceSettings

POLL = "/api/v1/polls/0199f3d2-0000-7000-8000-000000000000"


async def works() -> None:
    pass


async def fails() -> None:
    raise ConnectionError("canary-host is away")


async def hangs() -> None:
    await asyncio.Event().wait()


async def test_a_living_process_says_so(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "alive"}


async def readiness(settings: ServiceSettings, app: FastAPI, *checks: str) -> httpx.Response:
    by_name = {"works": works, "fails": fails, "hangs": hangs}
    service = create_service(
        "chassis",
        settings,
        routers=[],
        lifespan=lambda _: app.router.lifespan_context(app),  # pyright: ignore[reportArgumentType]  # never entered
        ready=[(name, by_name[name]) for name in checks],
    )
    transport = httpx.ASGITransport(service)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get("/readyz")


async def test_a_service_is_ready_when_every_check_passes(
    settings: ServiceSettings, app: FastAPI
) -> None:
    response = await readiness(settings, app, "works")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "checks": {"works": "ok"}}


async def test_a_failing_check_makes_it_unready_and_is_named_without_details(
    settings: ServiceSettings, app: FastAPI
) -> None:
    response = await readiness(settings, app, "works", "fails")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "not_ready"
    assert response.json()["checks"] == {"works": "ok", "fails": "failed"}
    assert "canary" not in response.text


async def test_a_check_that_hangs_is_not_waited_for(
    settings: ServiceSettings, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.operations._CHECK_TIMEOUT_S", 0.05)
    response = await readiness(settings, app, "hangs")
    assert response.json()["checks"] == {"hangs": "failed"}


async def test_a_stopping_service_is_unready_and_closes_connections(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    assert "connection" not in (await client.get(POLL)).headers
    app.state.draining.begin()
    assert (await client.get("/readyz")).status_code == 503
    answered = await client.get(POLL)
    assert (answered.status_code, answered.headers["connection"]) == (200, "close")
    assert (await client.get("/healthz")).status_code == 200


async def test_requests_are_counted_by_route_and_status_without_ids(
    client: httpx.AsyncClient,
) -> None:
    for _ in range(3):
        await client.get(POLL)
    await client.get("/canary")
    text = (await client.get("/metrics")).text
    labels = 'method="GET",route="/api/v1/polls/{poll_id}"'
    assert f'http_requests_total{{{labels},status="200"}} 3.0' in text
    assert f"http_request_duration_seconds_count{{{labels}}} 3.0" in text
    assert 'route="unmatched",status="404"' in text
    assert "process_resident_memory_bytes" in text
    assert "canary" not in text
    assert POLL.rpartition("/")[2] not in text


async def test_applications_in_one_process_count_apart(
    settings: ServiceSettings, app: FastAPI, client: httpx.AsyncClient
) -> None:
    await client.get(POLL)
    other = create_service(
        "chassis",
        settings,
        routers=[],
        lifespan=lambda _: app.router.lifespan_context(app),  # pyright: ignore[reportArgumentType]  # never entered
    )
    transport = httpx.ASGITransport(other)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as others:
        assert "polls" not in (await others.get("/metrics")).text


@pytest.mark.parametrize("path", [POLL, "/nothing", "/readyz", "/problems/behind"])
async def test_every_answer_carries_the_careful_headers(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-cache"
    assert headers["vary"] == "Authorization"


async def test_the_version_that_runs_is_shown(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/metrics")).text
    assert f'commontime_build_info{{version="{version("chassis")}"}} 1.0' in shown


async def test_the_bound_of_the_service_level_is_one_that_is_counted(
    client: httpx.AsyncClient,
) -> None:
    await client.get("/healthz")
    assert 'route="/healthz"' in (shown := (await client.get("/metrics")).text)
    assert 'le="0.3"' in shown


def test_no_route_waits_for_the_first_request_to_be_built(app: FastAPI) -> None:
    assert all(isinstance(route, Route) for route in app.routes)
