"""The application that benchmarks/identity.py asks: routes that do nothing.

Some ask for nothing, one looks at who calls, and one has FastAPI hand it that. `python -m
benchmarks.identity_served PORT` serves it; the variable KEY holds the key that signs.
"""

import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request, Response
from joserfc.jwk import ECKey

from chassis.access import Access, Operation, hash_of, permit, recognise
from chassis.application import create_service
from chassis.credentials import Shown, credential_of
from chassis.graceful_server import GracefulServer, uvicorn_config
from chassis.settings import ServiceSettings
from chassis.testing import TokenIssuer

CAPABILITY = "ct_org_pKzvX2mWq0o9Yb7cR4tLhE1sNdUgJf6aViP3xA5kTMo"
OWNER = UUID("0199f3d2-0000-7000-8000-000000000001")


@dataclass(frozen=True)
class Details:
    access: Access = "link"
    invited: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Poll:
    organiser_hash: str = hash_of(CAPABILITY)
    answer_hash: str = ""
    owner: UUID | None = OWNER
    details: Details = field(default_factory=Details)


POLL = Poll()
router = APIRouter()


# Every route is handed the request, which costs as much as the check itself and is none of it.
# First and last: where a route stands costs it a few microseconds, too.
@router.get("/nothing-first", include_in_schema=False)
async def nothing_first(_: Request) -> Response:
    return Response(b"{}", media_type="application/json")


@router.get("/checked", include_in_schema=False)
async def checked(request: Request) -> Response:
    permit(recognise(await credential_of(request), POLL, None), Operation.MANAGE_POLL)
    return Response(b"{}", media_type="application/json")


@router.get("/declared", include_in_schema=False)
async def declared(_: Request, shown: Shown) -> Response:
    permit(recognise(shown, POLL, None), Operation.MANAGE_POLL)
    return Response(b"{}", media_type="application/json")


@router.get("/nothing-last", include_in_schema=False)
async def nothing_last(_: Request) -> Response:
    return Response(b"{}", media_type="application/json")


@asynccontextmanager
async def _nothing_to_open(_: FastAPI) -> AsyncGenerator[None]:
    yield


def token_of(issuer: TokenIssuer) -> str:
    return issuer.token(OWNER, timedelta(hours=1), jti=str(datetime.now(UTC)))


def application(key: dict[str, Any]) -> FastAPI:
    settings = ServiceSettings.model_validate(
        {
            "database_url": "postgresql://localhost/never",
            "kafka_bootstrap_servers": "localhost:1",
            "service_token": "service-token-of-the-benchmark",
            "public_url": "http://commontime.test",
            "rate_limit_per_address": "off",
            "rate_limit_per_credential": "off",
        }
    )
    app = create_service("chassis", settings, routers=[router], lifespan=_nothing_to_open)
    app.state.access_tokens = TokenIssuer(key=ECKey.import_key(key)).access_tokens
    return app


def main() -> None:
    app = application(json.loads(os.environ["KEY"]))
    config = uvicorn_config(app, host="127.0.0.1", port=int(sys.argv[1]))
    GracefulServer(config, [app.state.draining], drain_s=0).run()


if __name__ == "__main__":
    main()
