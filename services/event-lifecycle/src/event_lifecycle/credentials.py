"""What a caller shows: the instance's admin token, a capability of some poll, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request

from chassis.access import bearer_token, hash_of
from chassis.problems import Problem
from event_lifecycle.service import service_of
from event_lifecycle.settings import Settings

_CHALLENGE: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


def unauthenticated(detail: str) -> Problem:
    return Problem("unauthenticated", detail, headers=_CHALLENGE)


@dataclass(frozen=True)
class Credential:
    """`token_hash` is None without any credential. `direct`: may work with events of no poll."""

    token_hash: str | None
    admin: bool
    direct: bool

    def require_admin(self) -> None:
        """Raises the problem `unauthenticated` without a credential, `forbidden` with another."""
        self._require(self.admin)

    def require_direct(self) -> None:
        """Likewise, for those who may create events."""
        self._require(self.direct)

    def _require(self, permitted: bool) -> None:
        if permitted:
            return
        if self.token_hash is None:
            raise unauthenticated("This needs the admin token.")
        raise Problem("forbidden", "This needs the instance's admin token.", needs=["admin"])


async def credential(
    request: Request, token: Annotated[str | None, Depends(bearer_token)]
) -> Credential:
    settings = service_of(request).settings
    admin = token is not None and _is_admin(token, settings)
    direct = admin or settings.event_access == "open"
    return Credential(hash_of(token) if token is not None else None, admin, direct)


def _is_admin(token: str, settings: Settings) -> bool:
    return compare_digest(token.encode(), settings.admin_token.get_secret_value().encode())


Shown = Annotated[Credential, Depends(credential)]
