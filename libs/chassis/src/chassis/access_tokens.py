"""Access tokens: signed by an issuer that is trusted here, checked without asking anyone.

A JWT (RFC 7519) with `iss`, `aud`, `sub` and `exp`; its `alg` must be one that is allowed for the
issuer, so that neither `none` nor a public key used as a shared secret gets through (RFC 8725).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.problems import Problem

_CHALLENGE: Mapping[str, str] = MappingProxyType({"WWW-Authenticate": "Bearer"})
_AUDIENCE = "commontime"


def unauthenticated(detail: str) -> Problem:
    """The problem, with the challenge that HTTP asks for."""
    return Problem("unauthenticated", detail, headers=_CHALLENGE)


def is_access_token(token: str) -> bool:
    """Whether it has the form of a signed JWT."""
    return token.count(".") == 2


def external_account(issuer: str, subject: str) -> UUID:
    """The id of an account that lives elsewhere: every service computes the same one."""
    return uuid5(NAMESPACE_URL, f"{issuer} {subject}")


@dataclass(frozen=True)
class Issuer:
    """Who signs. `keys` returns its public keys; `internal` subjects are account ids of ours."""

    name: str
    keys: Callable[[], Awaitable[KeySet]]
    audience: str = _AUDIENCE
    algorithms: Sequence[str] = ("ES256",)
    internal: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """Who shows the token, and until when it is good."""

    account_id: UUID
    expires_at: datetime


class AccessTokens:
    """Verifies tokens of the given issuers; without any, none is good."""

    def __init__(self, issuers: Sequence[Issuer] = ()) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}

    async def verify(self, token: str) -> Account:
        """Return whose it is. Raises the problem `unauthenticated`."""
        try:
            issuer = self._issuers[_claimed_issuer(token)]
            decoded = jwt.decode(token, await issuer.keys(), algorithms=[*issuer.algorithms])
            claims = decoded.claims
            jwt.JWTClaimsRegistry(
                iss={"essential": True, "value": issuer.name},
                aud={"essential": True, "value": issuer.audience},
                sub={"essential": True},
                exp={"essential": True},
            ).validate(claims)
            subject = str(claims["sub"])
            account = UUID(subject) if issuer.internal else external_account(issuer.name, subject)
            return Account(account, datetime.fromtimestamp(claims["exp"], UTC))
        except (JoseError, ValueError, KeyError) as error:
            raise unauthenticated("The access token is not good, or no longer.") from error


def _claimed_issuer(token: str) -> str:
    """What the token says before anything of it is believed: it only chooses the keys."""
    claims = orjson.loads(jws.extract_compact(token.encode()).payload)
    return str(claims["iss"])
