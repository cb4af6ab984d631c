"""One ASGI application out of six: the path decides which service answers, or the page."""

from collections.abc import Iterable, Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import Problem
from chassis.response_headers import ResponseHeaders
from standalone.metrics import PATH, Metrics, metrics_target
from standalone.routes import internal_target, is_own, service_of


class Dispatcher:
    """Hands each request to its service or to the instance's own application, the rest to the page.

    What services ask each other arrives under `/-/<service>/internal/…`: on one machine the
    peers' addresses are this very process, and the prefix says which of them is meant. The
    services refuse it without the service token; nothing else of a service answers there but its
    metrics, for who shows one of `metrics_tokens`.
    """

    def __init__(
        self,
        services: Mapping[str, ASGIApp],
        instance: ASGIApp,
        page: ASGIApp,
        metrics_tokens: Iterable[str] = (),
    ) -> None:
        self._services = services
        self._instance = instance
        self._page = page
        self._nothing = ResponseHeaders(_nothing, https=False)
        self._metrics = ResponseHeaders(Metrics(services, metrics_tokens), https=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._instance(scope, receive, send)
            return
        path: str = scope["path"]
        if path == PATH:
            await self._nothing(scope, receive, send)
            return
        if metrics_target(path):
            await self._metrics(scope, receive, send)
            return
        if internal := internal_target(path):
            service, path = internal
            scope = {**scope, "path": path, "raw_path": path.encode()}
        else:
            service = service_of(path)
        others = self._instance if is_own(path) else self._page
        await self._services.get(service or "", others)(scope, receive, send)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await Problem("not_found").response(scope["path"])(scope, receive, send)
