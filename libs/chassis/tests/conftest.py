"""A small service that can fail in every way the API knows."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from psycopg_pool import PoolTimeout, TooManyRequests

from chassis.access import token_of
from chassis.application import create_service
from chassis.bodies import Interval, StrictBody, Title
from chassis.conditional import etag, not_modified, required_match
from chassis.internal import require_service_token
from chassis.problems import Problem, problem_responses
from chassis.settings import ServiceSettings
from chassis.tracing import current_traceparent

SERVICE_TOKEN = "service-token-of-the-tests"
POLL = "/api/v1/polls/0199f3d2-0000-7000-8000-000000000000"


class Rejected(Exception):
    """This cannot be done."""


class PollClosed(Rejected):
    """The poll is closed and takes
    no more answers.

    Whoever reads this line reads the code.
    """


class Body(StrictBody):
    title: Title
    window: Interval | None = None


router = APIRouter(prefix="/api/v1")


@router.post(
    "/polls/{poll_id}",
    operation_id="changePoll",
    summary="Change a poll",
    responses=problem_responses("not_found", "poll_closed"),
)
async def change_poll(poll_id: UUID, body: Body, limit: int = 10) -> Body:
    return body


@router.get("/polls/{poll_id}", operation_id="readPoll")
async def read_poll(
    poll_id: UUID,
    request: Request,
    age: Annotated[int, Header()] = 0,
) -> dict[str, str | None]:
    if not_modified(request, etag(3)):
        return {}
    return {"token": token_of(request), "traceparent": current_traceparent()}


@router.patch("/polls/{poll_id}", operation_id="patchPoll")
async def patch_poll(poll_id: UUID, request: Request) -> None:
    if required_match(request) not in (3, "*"):
        raise Problem("precondition_failed")


@router.post("/fail/{how}", include_in_schema=False)
async def fail(how: str) -> None:
    errors: dict[str, Exception] = {
        "closed": PollClosed(),
        "rejected": Rejected("Not like this."),
        "pool": PoolTimeout("no connection in 3 s"),
        "queue": TooManyRequests("1,000 are waiting"),
        "postgres": psycopg.OperationalError("server closed the connection"),
        "read_only": psycopg.errors.ReadOnlySqlTransaction("standby"),
        "bug": RuntimeError(
            "ct_org_canary belongs to canary@example.org\nDETAIL: Key (Canary Ann)"
        ),
        "limited": Problem("too_many_requests", headers={"RateLimit": '"default";r=0;t=1'}),
    }
    raise errors.get(how) or Problem(how)


@asynccontextmanager
async def nothing_to_open(_app: FastAPI) -> AsyncGenerator[None]:
    yield


@pytest.fixture
def settings() -> ServiceSettings:
    return ServiceSettings.model_validate(
        {
            "database_url": "postgresql://localhost/never",
            "kafka_bootstrap_servers": "localhost:1",
            "service_token": SERVICE_TOKEN,
            "public_url": "http://localhost:8000/",
            "log_format": "json",
        }
    )


@pytest.fixture
def app(settings: ServiceSettings) -> FastAPI:
    internal = APIRouter(prefix="/internal/v1", include_in_schema=False)

    @internal.get("/heads", dependencies=[Depends(require_service_token(settings))])
    async def heads() -> list[str]:  # pyright: ignore[reportUnusedFunction]  # a route
        return []

    return create_service(
        "chassis",
        settings,
        routers=[router, internal],
        lifespan=nothing_to_open,
        rejections={Rejected: "conflict", PollClosed: "poll_closed"},
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client
