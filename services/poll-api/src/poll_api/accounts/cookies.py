"""The cookie that keeps a browser's refresh token out of reach of its page's code.

Over HTTPS it is `Secure` and named so that no other site of the domain and nobody on the way can
set one (RFC 6265bis); `__Host-` is not possible, because it would be sent along with everything.
A plain-HTTP instance, on one's own machine or a network without certificates, has neither:
browsers would not send it back.
"""

from datetime import timedelta

from fastapi import Request

PATH = "/api/v1/sessions"
_NAME = "commontime-refresh"


class RefreshCookie:
    """`public_url` is where people reach the system, `lasts` how long a session does unused."""

    def __init__(self, public_url: str, lasts: timedelta) -> None:
        is_https = public_url.startswith("https:")
        self._name = f"__Secure-{_NAME}" if is_https else _NAME
        self._attributes = f"Path={PATH}; HttpOnly; SameSite=Lax" + ("; Secure" * is_https)
        self._seconds = int(lasts.total_seconds())

    def of(self, request: Request) -> str | None:
        """The token that the browser sent."""
        return request.cookies.get(self._name)

    def set(self, token: str) -> dict[str, str]:
        """The header that gives the browser a token."""
        return {"Set-Cookie": f"{self._name}={token}; Max-Age={self._seconds}; {self._attributes}"}

    def clear(self) -> dict[str, str]:
        """The header that takes it away."""
        return {"Set-Cookie": f"{self._name}=; Max-Age=0; {self._attributes}"}
