"""The outermost layer of a service: one span, one log line and one measurement per request."""

import re
from contextlib import AbstractContextManager
from time import perf_counter

import structlog
from opentelemetry.trace import Span, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.metrics import RequestMetrics
from chassis.problems import Problem
from chassis.tracing import SERVICE, SpanKind, current_traceparent, span, unrecorded_span

UNMATCHED = "unmatched"
# Asked every few seconds by machines.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_CLIENT_CLOSED = 499
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_log: structlog.stdlib.BoundLogger = structlog.get_logger("access")


class Observation:
    """ASGI middleware. It logs route templates and ids: a raw path may hold a token."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics, service: str) -> None:
        self._app = app
        self._metrics = metrics
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                trace_header = (b"traceresponse", (current_traceparent() or "").encode())
                message["headers"] = [*message.get("headers", ()), trace_header]
            await send(message)

        serving = SERVICE.set(self._service)
        with _span(scope) as current:
            try:
                await self._app(scope, receive, observed)
            # The door of the process: whatever went wrong, it is logged once, with its trace,
            # and the caller gets a problem document instead of a torn connection.
            except Exception:
                _log.exception("request failed", route=_route(scope))
                if status:
                    raise
                await _internal_problem().response(scope["path"])(scope, receive, observed)
            finally:
                self._record(scope, status or _CLIENT_CLOSED, perf_counter() - started)
                _describe(current, scope, status or _CLIENT_CLOSED)
                SERVICE.reset(serving)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        self._metrics.observe(scope["method"], route, status, seconds)
        if route not in _QUIET:
            _log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                **_ids(scope.get("path_params", {})),
            )


def _span(scope: Scope) -> AbstractContextManager[Span]:
    if scope["path"] in _QUIET:
        return unrecorded_span(_traceparent(scope))
    return span(scope["method"], kind=SpanKind.SERVER, traceparent=_traceparent(scope))


def _describe(current: Span, scope: Scope, status: int) -> None:
    if current.is_recording():
        current.update_name(f"{scope['method']} {_route(scope)}")
        current.set_attribute("http.request.method", scope["method"])
        current.set_attribute("http.route", _route(scope))
        current.set_attribute("http.response.status_code", status)
        if status >= 500:
            current.set_status(StatusCode.ERROR)


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", UNMATCHED)


def _ids(path_params: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in path_params.items() if _UUID.fullmatch(value)}


def _traceparent(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return value.decode("latin-1")
    return None


def _internal_problem() -> Problem:
    traceparent = current_traceparent()
    return Problem("internal", trace_id=traceparent.split("-")[1] if traceparent else None)
