"""Access tokens: signed by an issuer that is trusted here, checked without asking anyone.

A JWT (RFC 7519, 9068) with `kid`, `iss`, `aud`, `sub` and `exp`. Its `alg` must be one that is
allowed for the issuer, and the key comes from the issuer alone, so that neither `none` nor a
public key used as a shared secret nor a key that the token brings along gets through (RFC 8725).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from chassis.access import Credential, hash_of
from chassis.compact_tokens import CompactToken, Unreadable, read
from chassis.problems import Problem

AUDIENCE = "commontime"
ALGORITHM = "ES256"
TYPE = "at+jwt"
# Issuers' clocks may be ahead of ours by so much.
LEEWAY_S = 10
# A token that was verified is believed for so long without looking at its signature again.
_REMEMBERED_S = 60
_MOST_REMEMBERED = 4096

_MISSING: Mapping[str, str] = MappingProxyType({"WWW-Authenticate": "Bearer"})
_BAD: Mapping[str, str] = MappingProxyType({"WWW-Authenticate": 'Bearer error="invalid_token"'})


def unauthenticated(detail: str) -> Problem:
    """The problem, with the challenge that HTTP asks for."""
    return Problem("unauthenticated", detail, headers=_MISSING)


def bad_token() -> Problem:
    """The same for a token that is there; why it is refused is nobody's business."""
    return Problem("unauthenticated", "The access token is not good, or no longer.", headers=_BAD)


def is_access_token(token: str) -> bool:
    """Whether it can be no capability: those have no dot, and a JWT has two."""
    return token.count(".") == 2


def external_account(issuer: str, subject: str) -> UUID:
    """The id of an account that lives elsewhere: every service computes the same one."""
    return uuid5(NAMESPACE_URL, f"{issuer} {subject}")


class Keys(Protocol):
    """Where an issuer's public keys come from."""

    async def find(self, kid: str) -> Key | None:
        """Return the key, None if the issuer has none such.

        Raises the problem `owner_unavailable` where that cannot be told.
        """
        ...


class KnownKeys:
    """Keys that need not be fetched."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = {key.kid: key for key in keys}

    async def find(self, kid: str) -> Key | None:
        return self._keys.get(kid)


@dataclass(frozen=True)
class Issuer:
    """Who signs. The subjects of an `internal` one are account ids of ours."""

    name: str
    keys: Keys
    audience: str = AUDIENCE
    algorithms: Sequence[str] = (ALGORITHM,)
    internal: bool = True


class AccessTokens:
    """Verifies tokens of the given issuers; without any, none is good."""

    def __init__(
        self, issuers: Sequence[Issuer] = (), *, now: Callable[[], float] = time.time
    ) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._now = now
        self._remembered: dict[str, tuple[Credential, float]] = {}

    async def verify(self, token: str) -> Credential:
        """Return what the caller shows with it.

        Raises the problem `unauthenticated`, and `owner_unavailable` where the issuer's keys
        are needed and cannot be had.
        """
        known = self._remembered.get(token)
        if known is not None and self._now() < known[1]:
            return known[0]
        try:
            shown = await self._verify(token, read(token))
        except (Unreadable, JoseError, ValueError) as error:
            raise bad_token() from error
        self._remember(token, shown)
        return shown

    async def _verify(self, token: str, said: CompactToken) -> Credential:
        issuer = self._issuers.get(said.word(said.claims, "iss"))
        if issuer is None:
            raise Unreadable("not an issuer of ours")
        # First what costs nothing: nobody has keys fetched with a token that is no use anyway.
        account_id, expires = self._claimed(issuer, said)
        key = await issuer.keys.find(said.word(said.header, "kid"))
        if key is None or key.alg not in (None, said.header["alg"]):
            raise Unreadable("no such key")
        jws.deserialize_compact(token, key, registry=_registry(issuer))
        return Credential(hash_of(token), account_id, datetime.fromtimestamp(expires, UTC))

    def _claimed(self, issuer: Issuer, said: CompactToken) -> tuple[UUID, float]:
        """Whose it would be, and until when."""
        _check_header(issuer, said)
        if issuer.audience not in said.audiences():
            raise Unreadable("for somebody else")
        now, expires = self._now(), said.instant("exp")
        if expires is None or expires <= now:
            raise Unreadable("expired")
        if max(said.instant("nbf") or 0, said.instant("iat") or 0) > now + LEEWAY_S:
            raise Unreadable("not yet valid")
        subject = said.word(said.claims, "sub")
        own = issuer.internal
        return _own(subject) if own else external_account(issuer.name, subject), expires

    def _remember(self, token: str, shown: Credential) -> None:
        """Only what was verified gets in, so strangers fill nothing."""
        if len(self._remembered) >= _MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        assert shown.expires_at is not None
        until = min(shown.expires_at.timestamp(), self._now() + _REMEMBERED_S)
        self._remembered[token] = shown, until


def _check_header(issuer: Issuer, said: CompactToken) -> None:
    """Refuse other algorithms, other kinds of token, and rules that are not kept here."""
    if said.word(said.header, "alg") not in issuer.algorithms:
        raise Unreadable("not an algorithm of this issuer")
    if {"crit", "b64"} & said.header.keys():
        raise Unreadable("asks for more than is known here")
    kind = str(said.header.get("typ", "jwt")).lower().removeprefix("application/")
    if kind != TYPE and (issuer.internal or kind != "jwt"):
        raise Unreadable("another kind of token")


def _own(subject: str) -> UUID:
    account = UUID(subject)
    if str(account) != subject:
        raise Unreadable("sub is no account id in its one form")
    return account


def _registry(issuer: Issuer) -> jws.JWSRegistry:
    # Other members of the header mean nothing here, and so do no harm.
    return jws.JWSRegistry(algorithms=[*issuer.algorithms], strict_check_header=False)
