"""One HTTP attempt at one partner, bounded in every direction."""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp

from event_lifecycle.webhooks.addresses import TargetRules, guarded_sockets
from event_lifecycle.webhooks.failures import failure_of_error, failure_of_status
from event_lifecycle.webhooks.resolving import BoundedResolver
from event_lifecycle.webhooks.retry import Attempt, retry_after
from event_lifecycle.webhooks.signing import message_id, signature, steady_headers

SLOTS = 200
TOTAL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
BODY_SECONDS = 1.0
MAX_READ_BYTES = 4_096
MAX_EXCERPT_CHARACTERS = 1_024


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one endpoint, signed with each of the secrets, if there are any."""

    number: int
    url: str
    body: bytes
    secrets: tuple[bytes, ...] = ()

    @property
    def id(self) -> str:
        return message_id(self.number)


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
            total=total_seconds, connect=min(CONNECT_SECONDS, total_seconds)
        )

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._slots,
            resolver=BoundedResolver(),
            ttl_dns_cache=10,
            socket_factory=guarded_sockets(self._rules),
            # The client's own is as old as its import; SSL_CERT_FILE may name other authorities.
            ssl=_trust(),
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
            error = failure_of_status(status)
        except (aiohttp.ClientError, OSError, ValueError) as failed:
            error = failure_of_error(failed)
        took = timedelta(seconds=time.monotonic() - start)
        return Attempt(started_at, took, status, error, excerpt, wait)

    async def _post(self, message: Message, now: datetime) -> tuple[int, str, timedelta | None]:
        async with self._client.post(
            message.url, data=message.body, headers=_headers(message, now), allow_redirects=False
        ) as response:
            head = await _head_of(response)
            wait = retry_after(response.headers.get("Retry-After"), now)
            return response.status, _excerpt(head), wait


async def _head_of(response: aiohttp.ClientResponse) -> bytes:
    """What the log may keep. The status has been said: what becomes of the body changes nothing."""
    content, head = response.content, b""
    if content.at_eof():
        return head
    with suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            while len(head) < MAX_READ_BYTES and not content.at_eof():
                head += await content.read(MAX_READ_BYTES - len(head))
    if not content.at_eof():
        response.close()
    return head


def _headers(message: Message, now: datetime) -> dict[str, str]:
    timestamp = int(now.timestamp())
    headers = {**steady_headers(message.id), "webhook-timestamp": str(timestamp)}
    if message.secrets:
        headers["webhook-signature"] = " ".join(
            signature(secret, message.id, timestamp, message.body) for secret in message.secrets
        )
    return headers


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _excerpt(head: bytes) -> str:
    text = head[:MAX_EXCERPT_CHARACTERS].decode(errors="replace")
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
