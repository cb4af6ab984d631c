"""The one table of paths, and the dispatcher that follows it."""

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from standalone.dispatcher import Dispatcher
from standalone.routes import internal_target, service_of

TOKENS = ("service-token", "admin-token")
POLL = "/api/v1/polls/0198c0de-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/v1/polls", "poll-api"),
        (POLL, "poll-api"),
        (f"{POLL}/close", "poll-api"),
        (f"{POLL}/finalise", "poll-api"),
        (f"{POLL}/history", "poll-api"),
        (f"{POLL}/links/rotate", "poll-api"),
        (f"{POLL}/event", "poll-api"),
        ("/api/v1/accounts/me/tokens/1", "poll-api"),
        ("/api/v1/accounts/me/feed", "poll-api"),
        ("/api/v1/feeds/ct_fed_token.ics", "poll-api"),
        ("/api/v1/sessions/current", "poll-api"),
        ("/.well-known/jwks.json", "poll-api"),
        (f"{POLL}/participants", "availability"),
        (f"{POLL}/participants/1/schedule", "availability"),
        (f"{POLL}/participants/1/links/rotate", "availability"),
        (f"{POLL}/schedules", "availability"),
        (f"{POLL}/recommendations", "recommender"),
        (f"{POLL}/recommendations/what-if", "recommender"),
        (f"{POLL}/heatmap", "recommender"),
        (f"{POLL}/stream", "recommender"),
        (f"{POLL}/event.ics", "event-lifecycle"),
        ("/api/v1/events", "event-lifecycle"),
        ("/api/v1/events/1.ics", "event-lifecycle"),
        ("/api/v1/events/stream", "event-lifecycle"),
        ("/api/v1/webhooks/endpoints/1/secret/rotate", "event-lifecycle"),
    ],
)
def test_the_path_decides_the_service(path: str, service: str) -> None:
    assert service_of(path) == service


@pytest.mark.parametrize(
    "path",
    ["/", "/metrics", "/internal/v1/heads", "/api/v1", "/api/v2/polls", "/api/v1/pollsters", "//"],
)
def test_no_service_answers_what_is_not_in_the_table(path: str) -> None:
    assert service_of(path) is None


def test_the_inner_prefix_leads_to_internal_paths_only() -> None:
    heads = "/internal/v1/heads"
    assert internal_target(f"/-/poll-api{heads}") == ("poll-api", heads)
    keys = "/.well-known/jwks.json"
    assert internal_target(f"/-/poll-api{keys}") == ("poll-api", keys)
    assert internal_target(f"/-/poll-api{keys}/more") is None
    assert internal_target("/-/poll-api/api/v1/polls") is None
    assert internal_target("/-/poll-api/metrics") is None
    assert internal_target(heads) is None


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v1/polls", "poll-api /api/v1/polls"),
        (f"{POLL}/schedules", f"availability {POLL}/schedules"),
        ("/-/availability/internal/v1/heads", "availability /internal/v1/heads"),
        ("/-/availability/api/v1/polls", "page /-/availability/api/v1/polls"),
        ("/-/nobody/internal/v1/heads", "page /internal/v1/heads"),
        ("/internal/v1/heads", "page /internal/v1/heads"),
        ("/docs", "instance /docs"),
        ("/docs/swagger-ui.css", "instance /docs/swagger-ui.css"),
        ("/openapi.json", "instance /openapi.json"),
        ("/problems/not_found", "instance /problems/not_found"),
        ("/readyz", "instance /readyz"),
        ("/", "page /"),
        ("/p/1", "page /p/1"),
        ("/documents", "page /documents"),
    ],
)
async def test_each_request_reaches_its_application(path: str, answer: str) -> None:
    names = ("poll-api", "availability", "recommender", "event-lifecycle")
    services = {name: _named(name) for name in names}
    dispatcher = Dispatcher(services, _named("instance"), _named("page"))
    async with _client(dispatcher) as client:
        assert (await client.get(path)).text == answer


async def test_metrics_are_not_for_everybody() -> None:
    async with _client(Dispatcher({}, _named("instance"), _named("page"))) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("token", ["service-token", "admin-token"])
async def test_a_service_shows_its_metrics_to_those_who_run_the_instance(token: str) -> None:
    services = {"availability": _named("availability"), "poll-api": _named("poll-api")}
    dispatcher = Dispatcher(services, _named("instance"), _named("page"), TOKENS)
    async with _client(dispatcher) as client:
        shown = await client.get(
            "/-/poll-api/metrics", headers={"Authorization": f"Bearer {token}"}
        )
    assert shown.text == "poll-api /metrics"


@pytest.mark.parametrize(
    ("shown", "status", "code"),
    [
        ({}, 401, "unauthenticated"),
        ({"Authorization": "Bearer another"}, 401, "unauthenticated"),
        ({"Authorization": "Bearer ct_org_AbC"}, 401, "unauthenticated"),
        ({"Authorization": "Basic dTpw"}, 400, "bad_header"),
    ],
)
async def test_nobody_else_sees_metrics(shown: dict[str, str], status: int, code: str) -> None:
    services = {"poll-api": _named("poll-api")}
    dispatcher = Dispatcher(services, _named("instance"), _named("page"), TOKENS)
    async with _client(dispatcher) as client:
        for service in ("poll-api", "nobody"):
            answer = await client.get(f"/-/{service}/metrics", headers=shown)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == code
            assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


async def test_without_tokens_metrics_are_shown_to_nobody() -> None:
    dispatcher = Dispatcher({"poll-api": _named("poll-api")}, _named("instance"), _named("page"))
    async with _client(dispatcher) as client:
        assert (await client.get("/-/poll-api/metrics")).status_code == 401


async def test_there_are_metrics_of_services_only() -> None:
    dispatcher = Dispatcher({"poll-api": _named("poll-api")}, _named("i"), _named("page"), TOKENS)
    async with _client(dispatcher) as client:
        bearer = {"Authorization": "Bearer admin-token"}
        assert (await client.get("/-/nobody/metrics", headers=bearer)).status_code == 404
        assert (await client.get("/-/poll-api/healthz", headers=bearer)).text.startswith("page ")


def _client(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")


def _named(name: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(f"{name} {scope['path']}")(scope, receive, send)

    return app
