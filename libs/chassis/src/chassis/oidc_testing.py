"""For tests: a real issuer on this machine, which publishes its keys over HTTP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey


def rsa_key(kid: str, bits: int = 2048) -> RSAKey:
    return RSAKey.generate_key(bits, {"kid": kid}, private=True)


def ec_key(kid: str, curve: str = "P-256") -> ECKey:
    return ECKey.generate_key(curve, {"kid": kid}, private=True)


@dataclass
class LocalIssuer:
    """Publishes what tests tell it to, and counts how often it is asked."""

    keys: list[Key] = field(default_factory=lambda: list[Key]([rsa_key("first")]))
    url: str = ""
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    described: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: int = 0

    def sign(self, claims: dict[str, Any], key: Key | None = None, alg: str = "RS256") -> str:
        key = key or self.keys[0]
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])

    async def describe(self, _: web.Request) -> web.Response:
        jwks_uri = f"{self.url}/keys"
        return web.json_response({"issuer": self.url, "jwks_uri": jwks_uri, **self.described})

    async def publish(self, _: web.Request) -> web.Response:
        self.asked += 1
        if self.body is not None:
            return web.Response(body=self.body, status=self.status, headers=self.headers)
        published = KeySet(self.keys).as_dict(private=False)
        return web.json_response(published, status=self.status)


@asynccontextmanager
async def local_issuer() -> AsyncGenerator[LocalIssuer]:
    """Listens on a free port as long as the block lasts."""
    issuer = LocalIssuer()
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", issuer.describe)
    application.router.add_get("/keys", issuer.publish)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield issuer
    await runner.cleanup()
