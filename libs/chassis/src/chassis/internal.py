"""The door between services: `/internal/v1` opens to the service token only."""

from collections.abc import Awaitable, Callable
from hmac import compare_digest

from starlette.requests import Request

from chassis.access import token_of
from chassis.problems import Problem
from chassis.settings import ServiceSettings


def require_service_token(settings: ServiceSettings) -> Callable[[Request], Awaitable[None]]:
    """Return a dependency that hides the route from everyone else with `not_found`."""
    expected = settings.service_token.get_secret_value().encode()

    async def require(request: Request) -> None:
        token = token_of(request)
        if token is None or not compare_digest(token.encode(), expected):
            raise Problem("not_found")

    return require
