"""Pages of other origins: only those on the list, compared as browsers send them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import ValidationError

from chassis.application import create_service
from chassis.settings import ServiceSettings, load

ORIGIN = "https://page.example"
LISTED = [ORIGIN, "http://localhost:5173", "https://[2001:db8::1]:8443"]
Serving = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
STRANGERS = [
    "null",
    "",
    "*",
    "https://page.example.evil.example",
    "https://evilpage.example",
    "https://sub.page.example",
    "https://page.example.",
    "https://page.example:443",
    "https://page.example:8443",
    "https://page.example/",
    "https://PAGE.example",
    "HTTPS://page.example",
    "http://page.example",
    "https://page.example, https://evil.example",
    "https://page.example@evil.example",
    "https://page.example%60.evil.example",
    "http://localhost",
    "http://localhost:51730",
    "http://127.0.0.1:5173",
]

router = APIRouter()


@router.get("/thing")
async def thing() -> str:
    return "thing"


@router.get("/bug")
async def bug() -> str:
    raise RuntimeError


@asynccontextmanager
async def nothing_to_open(_app: FastAPI) -> AsyncGenerator[None]:
    yield


@pytest.fixture
def serving(settings: ServiceSettings) -> Serving:
    """A client of a service that lets these origins in."""

    @asynccontextmanager
    async def serve(
        origins: list[str] = LISTED, **changed: object
    ) -> AsyncGenerator[httpx.AsyncClient]:
        values = {**settings.model_dump(), **changed, "cors_origins": origins}
        chosen = ServiceSettings.model_validate(values)
        app = create_service("chassis", chosen, routers=[router], lifespan=nothing_to_open)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield client

    return serve


def preflight(origin: str, method: str = "PUT", headers: str = "authorization") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


def cors_of(answer: httpx.Response) -> dict[str, str]:
    return {n: v for n, v in answer.headers.items() if n.startswith("access-control-allow-origin")}


async def test_by_default_no_origin_is_let_in(serving: Serving) -> None:
    async with serving([]) as client:
        answer = await client.get("/thing", headers={"Origin": ORIGIN})
        asked = await client.options("/thing", headers=preflight(ORIGIN))
    assert answer.status_code == 200
    assert asked.status_code == 405
    for one in (answer, asked):
        assert not any(name.startswith("access-control-") for name in one.headers)


@pytest.mark.parametrize("origin", LISTED)
async def test_a_listed_origin_may_read_what_it_needs(serving: Serving, origin: str) -> None:
    async with serving() as client:
        answer = await client.get("/thing", headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    shown = set(answer.headers["access-control-expose-headers"].split(", "))
    assert shown >= {"ETag", "Location", "Commontime-Sequence", "Retry-After", "RateLimit"}
    assert set(answer.headers["vary"].split(", ")) == {"Origin", "Authorization"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_listed_origin_may_send_what_it_needs(serving: Serving, method: str) -> None:
    wanted = "authorization, content-type, idempotency-key, if-match, commontime-min-sequence"
    async with serving() as client:
        answer = await client.options("/thing", headers=preflight(ORIGIN, method, wanted))
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert method in answer.headers["access-control-allow-methods"]
    assert int(answer.headers["access-control-max-age"]) <= 7200
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("origin", STRANGERS)
async def test_no_other_origin_is_let_in_however_alike(serving: Serving, origin: str) -> None:
    async with serving() as client:
        answer = await client.get("/thing", headers={"Origin": origin})
        asked = await client.options("/thing", headers=preflight(origin))
    assert cors_of(answer) == cors_of(asked) == {}
    assert "Origin" in answer.headers["vary"]
    assert (asked.status_code, asked.json()["code"]) == (403, "cross_origin")
    assert asked.json()["instance"] == "/thing"
    assert "Origin" in asked.headers["vary"]


@pytest.mark.parametrize(
    "wish", [preflight(ORIGIN, "TRACE"), preflight(ORIGIN, "put"), preflight(ORIGIN, headers="x-a")]
)
async def test_other_methods_and_headers_are_refused(
    serving: Serving, wish: dict[str, str]
) -> None:
    async with serving() as client:
        asked = await client.options("/thing", headers=wish)
    assert (asked.status_code, asked.json()["code"]) == (403, "cross_origin")


async def test_the_page_can_read_refusals_and_errors_too(serving: Serving) -> None:
    async with serving(rate_limit_per_address="1/h burst 2") as client:
        answers = [
            await client.get(path, headers={"Origin": ORIGIN})
            for path in ("/nowhere", "/bug", "/thing")
        ]
    assert [answer.status_code for answer in answers] == [404, 500, 429]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_an_answer_without_an_origin_says_that_it_depends_on_one(serving: Serving) -> None:
    async with serving() as client:
        answer = await client.get("/thing")
    assert set(answer.headers["vary"].split(", ")) == {"Origin", "Authorization"}
    assert cors_of(answer) == {}


def test_every_origin_at_once_ends_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, settings: ServiceSettings
) -> None:
    for name, field in ServiceSettings.model_fields.items():
        if field.is_required():
            value = settings.model_dump()[name]
            shown = getattr(value, "get_secret_value", lambda value=value: value)()
            monkeypatch.setenv(str(field.validation_alias or name.upper()), shown)
    monkeypatch.setenv("COMMONTIME_CORS_ORIGINS", '["https://page.example", "*"]')
    with pytest.raises(SystemExit) as ended:
        load(ServiceSettings)
    sentence = str(ended.value)
    assert sentence.startswith("Wrong settings: COMMONTIME_CORS_ORIGINS: ")
    assert "name each origin" in sentence


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example",
        "null",
        "page.example",
        "ftp://page.example",
        "https://page.example/",
        "https://page.example/path",
        "https://Page.example",
        "https://page.example:443",
        "http://page.example:80",
        "https://[2001:db8::1]:443",
        "https://user@page.example",
        "https://page.example:0",
        "https://",
        "",
    ],
)
def test_what_no_browser_sends_as_an_origin_is_no_setting(
    settings: ServiceSettings, origin: str
) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings.model_validate({**settings.model_dump(), "cors_origins": [origin]})
