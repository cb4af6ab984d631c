"""What every answer carries, also where it refuses."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from chassis.application import create_service
from chassis.settings import ServiceSettings

router = APIRouter()


@router.get("/own")
async def own() -> Response:
    return Response(headers={"Cache-Control": "no-store", "Vary": "Accept-Encoding"})


@router.get("/both")
async def both() -> Response:
    return Response(headers={"Vary": "authorization, Accept"})


@router.get("/public")
async def public_for_all() -> Response:
    return Response(headers={"Cache-Control": "public, max-age=60"})


@asynccontextmanager
async def nothing_to_open(_app: FastAPI) -> AsyncGenerator[None]:
    yield


async def answer(settings: ServiceSettings, path: str, public: str) -> httpx.Response:
    values = {**settings.model_dump(), "public_url": public}
    chosen = ServiceSettings.model_validate(values)
    app = create_service("chassis", chosen, routers=[router], lifespan=nothing_to_open)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get(path)


@pytest.mark.parametrize("path", ["/own", "/nowhere", "/healthz", "/problems/not_found"])
async def test_browsers_are_told_to_do_nothing_with_an_answer_but_show_it(
    settings: ServiceSettings, path: str
) -> None:
    headers = (await answer(settings, path, "http://time.example")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "geolocation=()" in headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


async def test_shared_caches_keep_nothing_unless_a_route_is_stricter(
    settings: ServiceSettings,
) -> None:
    for path, control in (("/own", "no-store"), ("/nowhere", "private, no-cache")):
        headers = (await answer(settings, path, "http://time.example")).headers
        assert headers["cache-control"] == control
        assert "Authorization" in headers["vary"]
    headers = (await answer(settings, "/own", "http://time.example")).headers
    assert headers["vary"] == "Accept-Encoding, Authorization"
    headers = (await answer(settings, "/both", "http://time.example")).headers
    assert headers["vary"] == "authorization, Accept"


async def test_what_is_public_does_not_vary_with_the_credential(settings: ServiceSettings) -> None:
    headers = (await answer(settings, "/public", "http://time.example")).headers
    assert headers["cache-control"] == "public, max-age=60"
    assert "vary" not in headers


async def test_browsers_stay_on_https_where_the_public_address_is_there(
    settings: ServiceSettings,
) -> None:
    headers = (await answer(settings, "/nowhere", "https://time.example")).headers
    assert headers["strict-transport-security"] == "max-age=15552000"
    headers = (await answer(settings, "/nowhere", "http://time.example")).headers
    assert "strict-transport-security" not in headers
