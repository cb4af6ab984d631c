"""Headers every answer carries unless the route chose its own."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HALF_A_YEAR_S = 180 * 24 * 3600
_DEFAULTS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    # Answers depend on the credential, so shared caches must not keep them.
    (b"cache-control", b"private, no-cache"),
)
_VARY = b"Authorization"


class ResponseHeaders:
    """ASGI middleware: adds what is missing. `https`: the public address begins with it."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        only_https = b"max-age=%d" % _HALF_A_YEAR_S
        self._defaults = (
            (*_DEFAULTS, (b"strict-transport-security", only_https)) if https else _DEFAULTS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._completed(list(message.get("headers", ())))
            await send(message)

        await self._app(scope, receive, completed if scope["type"] == "http" else send)

    def _completed(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        present = {name.lower(): value for name, value in headers}
        headers += [default for default in self._defaults if default[0] not in present]
        # What is public is the same for every credential.
        public = present.get(b"cache-control", b"").startswith(b"public")
        if not public and _VARY.lower() not in present.get(b"vary", b"").lower():
            headers.append((b"vary", _VARY))
        return headers
