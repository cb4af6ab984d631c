"""Each service's metrics, for a Prometheus that shows one of the instance's own tokens.

On one machine all services answer on the port that people use: what is a port of its own elsewhere
has to be asked for here.
"""

import re
from collections.abc import Iterable, Mapping
from hmac import compare_digest

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.access import token_of
from chassis.problems import Problem

PATH = "/metrics"
_TARGET = re.compile(r"/-/([a-z-]+)/metrics")


def metrics_target(path: str) -> str | None:
    """Return the service whose metrics `/-/<service>/metrics` asks for."""
    match = _TARGET.fullmatch(path)
    return match[1] if match else None


class Metrics:
    """Answers `/-/<service>/metrics` for whoever shows one of the tokens, with 401 otherwise."""

    def __init__(self, services: Mapping[str, ASGIApp], tokens: Iterable[str]) -> None:
        self._services = services
        self._tokens = [token.encode() for token in tokens]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`scope` is of a path that has a `metrics_target`."""
        service = self._services.get(metrics_target(scope["path"]) or "")
        try:
            self._require_token(Request(scope))
            if service is None:
                raise Problem("not_found")
        except Problem as problem:
            await problem.response(scope["path"])(scope, receive, send)
            return
        await service({**scope, "path": PATH, "raw_path": PATH.encode()}, receive, send)

    def _require_token(self, request: Request) -> None:
        shown = token_of(request)
        if shown is None or not any(compare_digest(shown.encode(), one) for one in self._tokens):
            raise Problem(
                "unauthenticated",
                "Metrics need the service token or the admin token.",
                headers={"WWW-Authenticate": "Bearer"},
            )
