"""Which other origins' pages may use the API: those that are listed, and no others."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import Problem

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_TAKEN = (
    "Authorization",
    "Commontime-Min-Sequence",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "traceparent",
)
_SHOWN = (
    "Commontime-Sequence",
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "traceresponse",
)
_PREFLIGHT_KEPT_S = 600


class Cors(CORSMiddleware):
    """Starlette's, with origins compared as they are, and problems for what it refuses.

    The cookie of a session may come along: that is why an origin must be named to be let in.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=frozenset(origins) - {"*"},
            allow_methods=_METHODS,
            allow_headers=_TAKEN,
            allow_credentials=True,
            expose_headers=_SHOWN,
            max_age=_PREFLIGHT_KEPT_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            asked = Headers(scope=scope)
            if {"origin", "access-control-request-method"} <= set(asked):
                await self._answer(asked, scope["path"])(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    def _answer(self, asked: Headers, path: str) -> Response:
        judged = self.preflight_response(asked)
        if judged.status_code != 200:
            vary = {"Vary": judged.headers["vary"]}
            return Problem("cross_origin", headers=vary).response(path)
        kept = {n: v for n, v in judged.headers.items() if not n.startswith("content-")}
        return Response(status_code=204, headers=kept)
