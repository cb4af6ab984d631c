"""Personal tokens: what a script signs in with, in place of a password."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from uuid import UUID

from chassis.access import hash_of
from chassis.credentials import PERSONAL_TOKEN_PREFIX
from chassis.identifiers import uuid7
from poll_api.accounts.records import SQL, Connection

MOST_TOKENS = 50


@dataclass(frozen=True, slots=True)
class TokenRow:
    """What is kept of one, but for its hash."""

    token_id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


def mint_token() -> str:
    return PERSONAL_TOKEN_PREFIX + token_urlsafe(32)


async def add(
    connection: Connection, account_id: UUID, name: str, token: str, expires_at: datetime | None
) -> TokenRow | None:
    """Keep the token's hash; None where the account has enough of them."""
    # One after the other, so that two at once do not both find room for one.
    await connection.execute(SQL["lock_account"], (account_id,))
    values = {
        "token_id": uuid7(),
        "account_id": account_id,
        "name": name,
        "token_hash": hash_of(token),
        "expires_at": expires_at,
        "most": MOST_TOKENS,
    }
    cursor = await connection.execute(SQL["add_token"], values)
    row = await cursor.fetchone()
    return TokenRow(*row) if row else None


async def listed(connection: Connection, account_id: UUID) -> list[TokenRow]:
    cursor = await connection.execute(SQL["tokens"], (account_id,))
    return [TokenRow(*row) for row in await cursor.fetchall()]


async def delete(connection: Connection, account_id: UUID, token_id: UUID) -> bool:
    """Whether there was such a token of this account."""
    cursor = await connection.execute(SQL["delete_token"], (token_id, account_id))
    return cursor.rowcount == 1


async def used(connection: Connection, token: str) -> tuple[UUID, UUID] | None:
    """The ids of the token and of its account, None where it is not good."""
    cursor = await connection.execute(SQL["use_token"], (hash_of(token),))
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


async def is_one(connection: Connection, grant: UUID) -> bool:
    """Whether it is a personal token, and no session, that an access token came from."""
    cursor = await connection.execute(SQL["is_token"], (grant,))
    return await cursor.fetchone() is not None
