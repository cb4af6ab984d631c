"""Accounts come, change and go."""

from typing import Literal

import psycopg
from fastapi import Request

from chassis.conditional import etag
from chassis.identifiers import uuid7
from chassis.problems import FieldError, Problem, invalid
from eventstore.once import Work
from eventstore.sealing import Answer
from poll_api.accounts import records, sessions
from poll_api.accounts.bodies import (
    AccountAnswer,
    AccountPatch,
    Deletion,
    Password,
    Redemption,
    Registration,
)
from poll_api.accounts.records import SQL, AccountRow, Connection
from poll_api.accounts.repeating import subject_of
from poll_api.accounts.resetting import redeem
from poll_api.accounts.service import Accounts
from poll_api.accounts.visits import Visit

Match = int | Literal["*"] | None
_BAD_RESET = FieldError("/token", "not_valid", "is wrong, was used, or is older than an hour")


def shown(row: AccountRow) -> bytes:
    answer = AccountAnswer(
        id=row.account_id, email=row.email, created_at=row.created_at, version=row.version
    )
    return answer.model_dump_json().encode()


async def register(accounts: Accounts, request: Request, body: Registration) -> Work:
    """Raises the problems `invalid`, `too_many_requests` and, in the work, `email_taken`."""
    accounts.attempts.registration(request)
    _check(accounts, body.password, body.email)
    # Also where the address is taken: that takes as long.
    password_hash = await accounts.passwords.hash(body.password.get_secret_value())
    account_id = uuid7()

    async def work(connection: Connection) -> tuple[Answer, str]:
        row = await records.add(connection, account_id, body.email, password_hash)
        if row is None:
            raise Problem("email_taken")
        headers = {"Location": "/api/v1/accounts/me", "ETag": etag(row.version)}
        return Answer(201, shown(row), headers), subject_of(account_id)

    return work


async def change(
    accounts: Accounts, request: Request, visit: Visit, body: AccountPatch, match: Match
) -> AccountRow:
    """Another address, another password; the latter ends the account's other sessions.

    Raises the problems `forbidden`, `invalid`, `email_taken`, `precondition_failed`, `conflict`.
    """
    row = visit.account
    await confirm(accounts, request, row, body.current_password)
    if match not in (None, "*", row.version):
        raise Problem("precondition_failed")
    new = body.password
    password_hash = None
    if new is not None:
        _check(accounts, new, body.email or row.email or "")
        password_hash = await accounts.passwords.hash(new.get_secret_value())
    if body.email is None and password_hash is None:
        return row
    try:
        async with accounts.pool.connection() as connection, connection.transaction():
            changed = await records.change(connection, row, body.email, password_hash)
            if changed is None:
                raise Problem("conflict")
            # What was sent to the old address is not for whoever reads it now.
            await connection.execute(SQL["forget_resets"], (row.account_id,))
            if password_hash is not None:
                await sessions.end_others(connection, row.account_id, visit.grant)
            return changed
    except psycopg.errors.UniqueViolation:
        raise Problem("email_taken") from None


async def confirm(
    accounts: Accounts, request: Request, row: AccountRow, password: Password | None
) -> None:
    """Return if it is the account's password: a token alone may have been stolen.

    Raises the problems `forbidden` and `too_many_requests`.
    """
    if row.password_hash is None:
        detail = "This account has no password here: it lives with its provider."
        raise Problem("forbidden", detail, needs=["provider"])
    accounts.attempts.password(request, str(row.account_id))
    said = password.get_secret_value() if password else ""
    if not (await accounts.passwords.verify(said, row.password_hash))[0]:
        detail = "This needs the account's password as `current_password`."
        raise Problem("forbidden", detail, needs=["current_password"])


async def confirm_deletion(
    accounts: Accounts, request: Request, row: AccountRow, body: Deletion
) -> None:
    """Who lives elsewhere has shown their provider's token, and has nothing else to show."""
    if row.password_hash is not None:
        await confirm(accounts, request, row, body.current_password)


async def set_forgotten(accounts: Accounts, request: Request, body: Redemption) -> None:
    """The password of whom a mail was sent to; they are signed out everywhere.

    Raises the problems `invalid` and `too_many_requests`.
    """
    accounts.attempts.redemption(request)
    _check(accounts, body.password, "")
    password_hash = await accounts.passwords.hash(body.password.get_secret_value())
    async with accounts.pool.connection() as connection, connection.transaction():
        if await redeem(connection, body.token.get_secret_value(), password_hash) is None:
            raise invalid(_BAD_RESET)


def _check(accounts: Accounts, password: Password, email: str) -> None:
    errors = accounts.passwords.errors(password.get_secret_value(), email, "/password")
    if errors:
        raise invalid(*errors)
