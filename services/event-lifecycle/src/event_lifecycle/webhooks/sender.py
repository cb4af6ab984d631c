"""One HTTP attempt at one partner, bounded in every direction."""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from event_lifecycle.webhooks.addresses import TargetRules, guarded_sockets
from event_lifecycle.webhooks.retry import Attempt, retry_after
from event_lifecycle.webhooks.signing import signature

SLOTS = 200
TOTAL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
DNS_SECONDS = 2.0
MAX_READ_BYTES = 4_096
MAX_EXCERPT_CHARACTERS = 1_024
_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one endpoint. `secret` is None where the partner expects no signature."""

    number: int
    url: str
    body: bytes
    secret: bytes | None

    @property
    def id(self) -> str:
        return f"msg_{self.number}"


class Sender:
    """Owns the HTTP client; `send` never raises for anything a partner or network does."""

    def __init__(
        self,
        rules: TargetRules,
        clock: Callable[[], datetime],
        *,
        slots: int = SLOTS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._slots = slots
        self._timeout = aiohttp.ClientTimeout(
            total=total_seconds, sock_connect=min(CONNECT_SECONDS, total_seconds)
        )

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._slots,
            resolver=_BoundedResolver(),
            ttl_dns_cache=10,
            socket_factory=guarded_sockets(self._rules),
        )
        self._client = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def send(self, message: Message) -> Attempt:
        started_at, start = self._clock(), time.monotonic()
        status, excerpt, wait, error = None, "", None, None
        try:
            status, excerpt, wait = await self._post(message, started_at)
            error = _failure(status)
        except aiohttp.ClientConnectorError as refused:
            error = _connection_failure(refused)
        except TimeoutError:
            error = "timeout"
        except (aiohttp.ClientError, OSError, ValueError) as failed:
            error = f"connection_failed: {type(failed).__name__}"
        took = timedelta(seconds=time.monotonic() - start)
        return Attempt(started_at, took, status, error, excerpt, wait)

    async def _post(self, message: Message, now: datetime) -> tuple[int, str, timedelta | None]:
        async with self._client.post(
            message.url, data=message.body, headers=_headers(message, now), allow_redirects=False
        ) as response:
            head = await response.content.read(MAX_READ_BYTES)
            if not response.content.at_eof():
                response.close()
            wait = retry_after(response.headers.get("Retry-After"), now)
            return response.status, _excerpt(head), wait


class _BoundedResolver(AbstractResolver):
    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        async with asyncio.timeout(DNS_SECONDS):
            return await self._resolver.resolve(host, port, family)

    async def close(self) -> None:
        await self._resolver.close()


def _headers(message: Message, now: datetime) -> dict[str, str]:
    timestamp = int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "user-agent": "Commontime-Webhooks/1",
        "webhook-id": message.id,
        "webhook-timestamp": str(timestamp),
    }
    if message.secret is not None:
        signed = signature(message.secret, message.id, timestamp, message.body)
        headers["webhook-signature"] = signed
    return headers


def _failure(status: int) -> str | None:
    if status in _SUCCESS:
        return None
    return "redirect" if status in _REDIRECT else f"status_{status}"


def _connection_failure(error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error
    # Not only our own exception: where a name has several addresses the client merges theirs.
    if isinstance(cause, PermissionError):
        return f"forbidden_address: {cause.strerror}"
    return f"connection_failed: {type(cause).__name__}"


def _excerpt(head: bytes) -> str:
    text = head[:MAX_EXCERPT_CHARACTERS].decode(errors="replace")
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
