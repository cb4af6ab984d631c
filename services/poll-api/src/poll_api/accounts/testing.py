"""A driver for tests: verbs for what people do with their accounts."""

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from httpx import AsyncClient, Response

ACCOUNTS, ME = "/api/v1/accounts", "/api/v1/accounts/me"
TOKENS, SESSIONS = "/api/v1/accounts/me/tokens", "/api/v1/sessions"
PASSWORD = "nine green bottles"  # noqa: S105  # of nobody
COOKIE = "commontime-refresh"


@dataclass
class Person:
    """Somebody with an account; `refresh` is the cookie their browser has."""

    id: str
    email: str
    token: str = field(repr=False, default="")
    refresh: str = field(repr=False, default="")

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class People:
    """What people do with accounts. No cookie is kept but those that a `Person` holds."""

    client: AsyncClient

    async def asks(self, method: str, path: str, **request: Any) -> Response:
        answer = await self.client.request(method, path, **request)
        self.client.cookies.clear()
        return answer

    async def registers(self, email: str = "", password: str = PASSWORD) -> Person:
        email = email or f"{token_hex(6)}@example.org"
        answer = await self.asks("POST", ACCOUNTS, json={"email": email, "password": password})
        assert answer.status_code == 201, answer.text
        return Person(answer.json()["id"], answer.json()["email"])

    async def signs_in(self, person: Person, password: str = PASSWORD) -> Person:
        """The same person somewhere else."""
        answer = await self.tries(person.email, password)
        assert answer.status_code == 200, answer.text
        return Person(person.id, person.email, *tokens_of(answer))

    async def comes_in(self, email: str = "") -> Person:
        """Somebody new, signed in."""
        return await self.signs_in(await self.registers(email))

    async def tries(self, email: str, password: str, **request: Any) -> Response:
        body = {"email": email, "password": password}
        return await self.asks("POST", SESSIONS, json=body, **request)

    async def renews(self, refresh: str) -> Response:
        cookie = {"Cookie": f"{COOKIE}={refresh}"} if refresh else {}
        return await self.asks("POST", f"{SESSIONS}/refresh", headers=cookie)

    async def renews_well(self, refresh: str) -> tuple[str, str]:
        """The next access token and the next refresh token."""
        answer = await self.renews(refresh)
        assert answer.status_code == 200, answer.text
        return tokens_of(answer)

    async def signs_out(self, person: Person) -> Response:
        cookie = {"Cookie": f"{COOKIE}={person.refresh}"}
        return await self.asks("DELETE", f"{SESSIONS}/current", headers=cookie)

    async def reads(self, person: Person) -> Response:
        return await self.asks("GET", ME, headers=person.bearer)

    async def changes(self, person: Person, **body: Any) -> Response:
        return await self.asks("PATCH", ME, headers=person.bearer, json=body)

    async def deletes(self, person: Person, **body: Any) -> Response:
        return await self.asks("DELETE", ME, headers=person.bearer, json=body)

    async def makes_a_token(self, person: Person, **body: Any) -> Response:
        return await self.asks("POST", TOKENS, headers=person.bearer, json={"name": "x", **body})

    async def exchanges(self, token: str, **request: Any) -> Response:
        headers = {"Authorization": f"Bearer {token}", **request.pop("headers", {})}
        return await self.asks("POST", SESSIONS, headers=headers, **request)


def tokens_of(answer: Response) -> tuple[str, str]:
    """The access token of the body, and the refresh token of the cookie or ""."""
    return answer.json()["access_token"], answer.cookies.get(COOKIE) or ""
