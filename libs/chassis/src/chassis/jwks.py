"""Public keys that another service or an OpenID provider publishes (RFC 7517), fetched and kept.

A key that is known answers at once; now and then the set is fetched again meanwhile. A key that
is not known has it fetched, but not every time: strangers can make up as many as they like. While
the owner is away what was fetched last goes on being used; what cannot be told is not guessed.
"""

import asyncio
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, cast

import orjson
import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key

from chassis.oidc_issuers import safe_url
from chassis.problems import Problem

FRESH_S = 300
# Older than this the set is fetched before it is used: a key that was removed is gone by then.
OLD_S = 600
PAUSE_S = 5
_TIMEOUT = ClientTimeout(total=3)
_MOST_BYTES = 256 * 1024
# What the library raises for a key it cannot make sense of.
_BAD_KEY = (JoseError, ValueError, TypeError, KeyError, ArithmeticError)
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


class NoKeys(Exception):
    """What was answered holds no keys."""


class FetchedKeys:
    """The keys of one owner; `locate` says where they are, and may ask for that itself."""

    def __init__(
        self,
        locate: Callable[[ClientSession], Awaitable[str]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._locate = locate
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._away = True
        self._flight: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> Key | None:
        """Return the key, or None. Raises the problem `owner_unavailable`."""
        known = kid in self._keys
        age = self._clock() - self._fetched_at
        if not known or age >= OLD_S:
            await self._fetch_again()
        elif age >= FRESH_S:
            self._flight = self._begin()
        if not known and self._away:
            detail = "The keys that access tokens are checked with cannot be fetched right now."
            raise Problem("owner_unavailable", detail)
        return self._keys.get(kid)

    async def _fetch_again(self) -> None:
        self._flight = self._begin()
        if self._flight is not None:
            # Whoever gives up waiting does not take the others' answer with them.
            await asyncio.shield(self._flight)

    def _begin(self) -> asyncio.Task[None] | None:
        """The fetch that is on its way, or a new one; None where the last was just now."""
        if self._flight is not None and not self._flight.done():
            return self._flight
        if self._clock() - self._tried_at < PAUSE_S:
            return None
        self._tried_at = self._clock()
        return asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            async with ClientSession(timeout=_TIMEOUT) as session:
                url = await self._locate(session)
                self._keys = usable_keys(await fetch_json(session, url))
        except (NoKeys, ClientError, TimeoutError, OSError, ValueError) as error:
            self._away = True
            _log.warning("keys_not_fetched", reason=type(error).__name__)
        else:
            self._away, self._fetched_at = False, self._clock()


def published_at(url: str) -> FetchedKeys:
    """The keys at this address."""

    async def locate(_: ClientSession) -> str:
        return url

    return FetchedKeys(locate)


def discovered_from(issuer: str) -> FetchedKeys:
    """The keys of an OpenID provider, which says itself where they are (OpenID Discovery 1.0)."""
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"

    async def locate(session: ClientSession) -> str:
        description = await fetch_json(session, url)
        if description.get("issuer") != issuer:
            raise NoKeys("it describes another issuer")
        return safe_url(str(description.get("jwks_uri")))

    return FetchedKeys(locate)


async def fetch_json(session: ClientSession, url: str) -> dict[str, Any]:
    """Return the object at the address. Raises what `FetchedKeys` takes for an owner away."""
    async with session.get(url, allow_redirects=False) as answer:
        if answer.status != 200:
            raise NoKeys(f"it answers {answer.status}")
        body = bytearray()
        async for chunk in answer.content.iter_chunked(16 * 1024):
            body += chunk
            if len(body) > _MOST_BYTES:
                raise NoKeys("it answers without end")
    content = orjson.loads(body)
    if not isinstance(content, dict):
        raise NoKeys("it answers with no object")
    return cast(dict[str, Any], content)


def usable_keys(document: dict[str, Any]) -> dict[str, Key]:
    """The public keys for signatures by `kid`; others are passed over. Raises `NoKeys`."""
    listed = document.get("keys")
    keys: dict[str, Key] = {}
    for jwk in cast(list[Any], listed) if isinstance(listed, list) else ():
        key = _usable(jwk)
        if key is not None and key.kid:
            keys.setdefault(key.kid, key)
    if not keys:
        raise NoKeys("there is none that could be used")
    return keys


def _usable(jwk: Any) -> Key | None:
    """Neither a shared secret nor a private key that lies open, nor one too short to trust."""
    if not isinstance(jwk, dict):
        return None
    members = cast(dict[str, Any], jwk)
    if _PRIVATE & members.keys() or members.get("use", "sig") != "sig":
        return None
    with warnings.catch_warnings(action="error", category=SecurityWarning):
        try:
            return JWKRegistry.import_key(members)
        except (*_BAD_KEY, SecurityWarning):
            return None
