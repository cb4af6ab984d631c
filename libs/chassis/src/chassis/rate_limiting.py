"""Refuses callers who ask too often, before anything of their request is read.

The fields `RateLimit` and `RateLimit-Policy` are those of draft-ietf-httpapi-ratelimit-headers-10:
`q` requests in `w` seconds; `r` are left, and after `t` seconds all are there again, or in a
refusal the next one.
"""

from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from math import ceil
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.client_address import ADDRESS, ClientAddress
from chassis.problems import Problem
from chassis.rate_limits import Allowance, Taken, TokenBuckets

# Asked every few seconds by machines, which must not be told that we are well only sometimes.
_FREE = frozenset({"/healthz", "/readyz", "/metrics"})
_INTERNAL = "/internal/"


class RateLimiting:
    """ASGI middleware: a bucket per address and one per credential, of this process alone.

    Of a credential only a hash is kept. Services that show the service token at `/internal` are
    not counted. `None` switches a limit off; the address is found out for the routes even so.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        addresses: ClientAddress,
        service_token: str,
        per_address: Allowance | None,
        per_credential: Allowance | None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._app = app
        self._addresses = addresses
        self._service_header = f"Bearer {service_token}".encode()
        self._per_address = _Limit("address", per_address) if per_address else None
        self._per_credential = _Limit("credential", per_credential) if per_credential else None
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = scope[ADDRESS] = self._addresses.of(scope)
        credential = _authorization(scope)
        if self._is_free(scope["path"], credential):
            await self._app(scope, receive, send)
            return
        taken = self._take(address, credential)
        if not taken:
            await self._app(scope, receive, send)
            return
        fields = [
            (b"ratelimit-policy", b", ".join(limit.policy for limit, _ in taken)),
            (b"ratelimit", ", ".join(limit.state(one) for limit, one in taken).encode()),
        ]
        if taken[-1][1].wait:
            refusal = _refusal(*taken[-1])
            await refusal.response(scope["path"])(scope, receive, _adding(fields, send))
            return
        await self._app(scope, receive, _adding(fields, send))

    def _is_free(self, path: str, credential: bytes) -> bool:
        return path in _FREE or (
            path.startswith(_INTERNAL) and compare_digest(credential, self._service_header)
        )

    def _take(self, address: bytes, credential: bytes) -> "list[tuple[_Limit, Taken]]":
        """Take from one bucket after the other, up to the first that is empty."""
        now = self._clock()
        taken: list[tuple[_Limit, Taken]] = []
        if self._per_address:
            taken.append((self._per_address, self._per_address.buckets.take(address, now)))
        if self._per_credential and credential and not (taken and taken[-1][1].wait):
            key = sha256(credential).digest()
            taken.append((self._per_credential, self._per_credential.buckets.take(key, now)))
        return taken


class _Limit:
    """One of the two limits, with what the answers say of it."""

    def __init__(self, name: str, allowed: Allowance) -> None:
        self.name = name
        self.buckets = TokenBuckets(allowed)
        self.policy = f'"{name}";q={allowed.burst};w={ceil(allowed.fills_up_in)}'.encode()

    def state(self, taken: Taken) -> str:
        return f'"{self.name}";r={taken.left};t={ceil(taken.wait or taken.full_in)}'


def _refusal(limit: _Limit, taken: Taken) -> Problem:
    seconds = ceil(taken.wait)
    detail = f"Too many requests from this {limit.name}. Repeat in {seconds} s."
    return Problem("too_many_requests", detail, headers={"Retry-After": str(seconds)})


def _adding(fields: list[tuple[bytes, bytes]], send: Send) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *fields]
        await send(message)

    return adding


def _authorization(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return bytes(value)
    return b""
