"""A service's FastAPI application, with everything the services have in common around it."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from types import MappingProxyType

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware

from chassis.access_tokens import Keys
from chassis.client_address import ClientAddress
from chassis.cors import Cors
from chassis.docs_page import router as docs_router
from chassis.draining import CloseWhileDraining, Draining
from chassis.metrics import RequestMetrics, new_registry
from chassis.observation import Observation
from chassis.openapi import install_openapi
from chassis.operations import Check, operations_router
from chassis.problem_handlers import Rejections, install_problem_handlers
from chassis.rate_limiting import RateLimiting
from chassis.rate_limits import allowance
from chassis.request_guard import RequestGuard
from chassis.response_headers import ResponseHeaders
from chassis.settings import ServiceSettings
from chassis.tracing import SERVICE
from chassis.trusted_issuers import trusted
from chassis.zones import use_locked_rules

__all__ = ["Check", "Rejections", "add_routes", "create_service"]

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
# The framework's own would record query strings and the messages of exceptions.
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
_NO_REJECTIONS: Rejections = MappingProxyType({})
_JSON_ONLY: Mapping[str, frozenset[str]] = MappingProxyType({})


def create_service(
    name: str,
    settings: ServiceSettings,
    *,
    routers: Sequence[APIRouter],
    lifespan: Lifespan,
    rejections: Rejections = _NO_REJECTIONS,
    ready: Sequence[Check] = (),
    other_media: Mapping[str, frozenset[str]] = _JSON_ONLY,
    keys: Keys | None = None,
) -> FastAPI:
    """Return the application of the distribution `name`; nothing is opened before its lifespan.

    `rejections` maps the service's exceptions to problem codes; `ready` is what `/readyz` asks;
    `other_media` are, by the ends of paths, what they take beside JSON; `keys` are those that the
    access tokens of our own accounts are checked with. `app.state.metrics` is the application's
    Prometheus registry, `app.state.draining` tells long answers to end.
    """
    use_locked_rules()
    registry, draining = new_registry(version(name)), Draining()
    app = FastAPI(
        title=f"Commontime {name}",
        version=version(name),
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
        lifespan=_named(name, lifespan),
        middleware=[
            Middleware(ResponseHeaders, https=settings.public_url.startswith("https:")),
            *([Middleware(Cors, origins=settings.cors_origins)] if settings.cors_origins else []),
            Middleware(Observation, metrics=RequestMetrics(registry), service=name),
            Middleware(CloseWhileDraining, draining=draining),
            _rate_limiting(settings),
            Middleware(
                RequestGuard,
                max_body_bytes=settings.max_body_bytes,
                max_json_depth=settings.max_json_depth,
                body_timeout_s=settings.body_timeout_s,
                other_media=other_media,
            ),
        ],
    )
    app.state.access_tokens = trusted(settings, keys)
    app.state.metrics = registry
    app.state.draining = draining
    for router in (*routers, operations_router(ready, draining, registry), docs_router):
        add_routes(app, router)
    install_problem_handlers(app, rejections)
    install_openapi(app)
    return app


def add_routes(app: FastAPI, router: APIRouter) -> None:
    """Have the application answer at the router's routes, as they are.

    `include_router` would build each of them a second time, which the first request waits for, and
    look twice for every request: only to add things to them, and here there are none to add.
    """
    app.routes.extend(router.routes)


def _named(service: str, lifespan: Lifespan) -> Lifespan:
    """Have the tasks that it starts know whose they are."""

    @asynccontextmanager
    async def named(app: FastAPI) -> AsyncGenerator[None]:
        # Not taken back: a lifespan may be left in another context than it was entered in.
        SERVICE.set(service)
        async with lifespan(app):
            yield

    return named


def _rate_limiting(settings: ServiceSettings) -> Middleware:
    return Middleware(
        RateLimiting,
        addresses=ClientAddress(settings.trusted_proxies, settings.forwarded_header),
        service_token=settings.service_token.get_secret_value(),
        per_address=allowance(settings.rate_limit_per_address),
        per_credential=allowance(settings.rate_limit_per_credential),
    )
