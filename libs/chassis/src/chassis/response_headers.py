"""Headers every answer carries unless the route chose its own."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DEFAULTS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    # Answers depend on the credential, so shared caches must not keep them.
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Authorization"),
)


class ResponseHeaders:
    """ASGI middleware: adds what is missing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                present = {name.lower() for name, _ in headers}
                headers += [default for default in _DEFAULTS if default[0] not in present]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, completed if scope["type"] == "http" else send)
