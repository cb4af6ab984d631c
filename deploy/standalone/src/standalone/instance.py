"""What belongs to the whole instance: its readiness."""

from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Message, Scope

from chassis.application import Check


def readiness_checks(services: Mapping[str, ASGIApp]) -> Sequence[Check]:
    """One check per service: what its own `/readyz` says."""
    return [(name, _ReadinessOf(app)) for name, app in services.items()]


class NotReady(Exception):
    """A service's `/readyz` does not answer with 200."""


class _ReadinessOf:
    """Asks an application in this process for its `/readyz`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self) -> None:
        statuses: list[int] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await self._app(dict(_READYZ), receive, send)
        if statuses != [200]:
            raise NotReady


_READYZ: Scope = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/readyz",
    "raw_path": b"/readyz",
    "root_path": "",
    "query_string": b"",
    "headers": [],
    "client": None,
    "server": None,
}
