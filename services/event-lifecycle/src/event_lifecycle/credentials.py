"""What a caller shows: the instance's admin token, a capability of some poll, or nothing."""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated, NoReturn

from fastapi import Depends, Request

from chassis import access, credentials
from chassis.access import token_of
from chassis.access_tokens import unauthenticated
from chassis.problems import Problem
from event_lifecycle.service import service_of
from event_lifecycle.settings import Settings

_KNOWN = ["account", "admin"]


@dataclass(frozen=True)
class Credential:
    """`shown` is what every service sees of it. `direct`: may work with events of no poll."""

    shown: access.Credential
    admin: bool
    direct: bool

    @property
    def token_hash(self) -> str | None:
        return self.shown.token_hash

    def require_admin(self) -> None:
        """Raises the problem `unauthenticated` without a credential, `forbidden` with another."""
        if not self.admin:
            self._refuse("This needs the instance's admin token.", ["admin"])

    def require_direct(self) -> None:
        """Likewise, for those who may create events."""
        if not self.direct:
            self._refuse_unknown()

    def require_known(self) -> None:
        """Likewise, for those who have webhooks of their own."""
        if not self.admin and self.shown.account_id is None:
            self._refuse_unknown()

    def _refuse_unknown(self) -> NoReturn:
        self._refuse("This needs an account, or the instance's admin token.", _KNOWN)

    def _refuse(self, detail: str, needs: list[str]) -> NoReturn:
        if self.token_hash is None:
            raise unauthenticated(detail)
        raise Problem("forbidden", detail, needs=needs)


async def credential(request: Request, shown: credentials.Shown) -> Credential:
    settings, token = service_of(request).settings, token_of(request)
    admin = token is not None and _is_admin(token, settings)
    signed_in = shown.account_id is not None
    direct = admin or signed_in or settings.event_access == "open"
    return Credential(shown, admin, direct)


def _is_admin(token: str, settings: Settings) -> bool:
    return compare_digest(token.encode(), settings.admin_token.get_secret_value().encode())


Shown = Annotated[Credential, Depends(credential)]
