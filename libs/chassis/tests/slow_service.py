"""A service whose answers take their time, run as a process by the tests of stopping."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import StreamingResponse

from chassis.application import create_service
from chassis.draining import Draining
from chassis.serve import main
from chassis.settings import ServiceSettings

router = APIRouter()


@router.get("/slow")
async def slow(seconds: float = 0.05) -> str:
    sys.stderr.write("asked\n")
    await asyncio.sleep(seconds)
    return "done"


@router.get("/stream")
async def stream(request: Request) -> StreamingResponse:
    draining: Draining = request.app.state.draining

    async def ticks() -> AsyncGenerator[str]:
        yield "begun\n"
        await draining.wait()
        yield "ended by itself\n"

    return StreamingResponse(ticks())


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
    yield
    sys.stderr.write("everything closed\n")


def create_app(settings: ServiceSettings) -> FastAPI:
    return create_service("chassis", settings, routers=[router], lifespan=lifespan)


if __name__ == "__main__":
    main("slow-service", ServiceSettings, create_app, [Path(__file__).parent / "migrations"])
