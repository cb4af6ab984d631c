"""What an operator asks of a service, `/healthz`, `/readyz`, `/metrics`, and the problem pages."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from html import escape

import structlog
from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from starlette.responses import HTMLResponse, JSONResponse, Response

from chassis.draining import Draining
from chassis.metrics import exposition
from chassis.problem_catalogue import CATALOGUE
from chassis.problems import Problem

Check = tuple[str, Callable[[], Awaitable[None]]]
"""A name, and a coroutine function that raises while the service cannot do its job."""

_CHECK_TIMEOUT_S = 2.0
_log: structlog.stdlib.BoundLogger = structlog.get_logger()


def operations_router(
    checks: Sequence[Check], draining: Draining, registry: CollectorRegistry
) -> APIRouter:
    """Return the routes; they are not part of the API's description."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse({"status": "alive"})

    @router.get("/readyz")
    async def readyz() -> Response:
        if draining.begun:
            raise Problem("not_ready", "The service is stopping.", checks={})
        passing = (_passes(check) for _, check in checks)
        results = await asyncio.gather(*passing, return_exceptions=True)
        verdicts = {
            name: _verdict(name, result) for (name, _), result in zip(checks, results, strict=True)
        }
        if any(verdict != "ok" for verdict in verdicts.values()):
            raise Problem("not_ready", checks=verdicts)
        return JSONResponse({"status": "ready", "checks": verdicts})

    @router.get("/metrics")
    async def metrics() -> Response:
        return exposition(registry)

    @router.get("/problems/{code}")
    async def problem(code: str) -> Response:
        if code not in CATALOGUE:
            raise Problem("not_found")
        return HTMLResponse(_page(code))

    return router


async def _passes(check: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(_CHECK_TIMEOUT_S):
        await check()


def _verdict(name: str, result: BaseException | None) -> str:
    if result is None:
        return "ok"
    # The message may name hosts; it goes to the log, not to the caller.
    _log.warning("not ready", check=name, reason=f"{type(result).__name__}: {result}")
    return "failed"


def _page(code: str) -> str:
    kind = CATALOGUE[code]
    title, explanation = escape(kind.title), escape(kind.explanation)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p>{explanation}</p>"
        f"<p>Status {kind.status}, code <code>{code}</code>.</p></html>"
    )
