"""The accounts as they are stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load

Connection: TypeAlias = AsyncConnection[TupleRow]
SQL = load("poll_api.accounts")
# Ids of accounts that live elsewhere are made from a name, ours from the time.
_FROM_A_NAME = 5


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One whose account lives elsewhere has neither `email` nor `password_hash`."""

    account_id: UUID
    email: str | None = field(repr=False)
    password_hash: str | None = field(repr=False)
    created_at: datetime
    version: int


def is_external(account_id: UUID) -> bool:
    """Whether an account of this id would live with an OpenID provider."""
    return account_id.version == _FROM_A_NAME


async def exists(connection: Connection, account_id: UUID) -> bool:
    return await find(connection, account_id) is not None


async def note_external(connection: Connection, account_id: UUID) -> None:
    """Make a row for somebody whose provider vouches for them; nothing where there is one."""
    if is_external(account_id):
        await connection.execute(SQL["note_external"], (account_id,))


async def find(connection: Connection, account_id: UUID) -> AccountRow | None:
    return await _one(connection, "account", account_id)


async def locked(connection: Connection, account_id: UUID) -> AccountRow | None:
    """The account, which nobody else changes before the transaction ends."""
    return await _one(connection, "lock_account", account_id)


async def find_by_email(connection: Connection, email: str) -> AccountRow | None:
    return await _one(connection, "account_of_email", email)


async def add(
    connection: Connection, account_id: UUID, email: str, password_hash: str
) -> AccountRow | None:
    """A new account; None where the address has one already."""
    return await _one(connection, "add_account", account_id, email, password_hash)


async def change(
    connection: Connection, row: AccountRow, email: str | None, password_hash: str | None
) -> AccountRow | None:
    """What is None stays; None where somebody else changed the account meanwhile.

    Raises `psycopg.errors.UniqueViolation` where the address has an account.
    """
    values = {
        "email": email,
        "password_hash": password_hash,
        "account_id": row.account_id,
        "version": row.version,
    }
    cursor = await connection.execute(SQL["change_account"], values)
    found = await cursor.fetchone()
    return AccountRow(*found) if found else None


async def reset_password(
    connection: Connection, account_id: UUID, password_hash: str
) -> AccountRow | None:
    """A new password for somebody who lost theirs; whoever was in is out."""
    row = await _one(connection, "reset_password", password_hash, account_id)
    if row is not None:
        await connection.execute(SQL["end_sessions"], (account_id, None))
        await connection.execute(SQL["delete_tokens"], (account_id,))
        await connection.execute(SQL["forget_resets"], (account_id,))
    return row


async def _one(connection: Connection, statement: str, *values: object) -> AccountRow | None:
    cursor = await connection.execute(SQL[statement], values)
    row = await cursor.fetchone()
    return AccountRow(*row) if row else None
