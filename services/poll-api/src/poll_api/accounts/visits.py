"""Who calls: the account that an access token stands for, as it is now.

Other services believe a token until its end. Here, where accounts are, one whose account, session
or personal token is gone is refused at once.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.access import token_of
from chassis.access_tokens import bad_token, unauthenticated
from chassis.compact_tokens import read
from chassis.credentials import Shown
from poll_api.accounts import records, sessions
from poll_api.accounts.records import AccountRow, Connection
from poll_api.accounts.service import Opened
from poll_api.accounts.signing import GRANT


@dataclass(frozen=True, slots=True)
class Visit:
    """`grant` is the session or personal token that the access token came from, None elsewhere."""

    account: AccountRow
    grant: UUID | None

    @property
    def account_id(self) -> UUID:
        return self.account.account_id


async def _visit(shown: Shown, request: Request, accounts: Opened) -> Visit:
    if shown.account_id is None:
        raise unauthenticated("This needs the access token of an account: sign in.")
    grant = None if records.is_external(shown.account_id) else _grant_of(request)
    async with accounts.pool.connection() as connection:
        row = await _row(connection, shown.account_id)
        if row is None or not await _lives(connection, row, grant):
            raise bad_token()
    return Visit(row, grant)


async def _row(connection: Connection, account_id: UUID) -> AccountRow | None:
    row = await records.find(connection, account_id)
    if row is None and records.is_external(account_id):
        await records.note_external(connection, account_id)
        row = await records.find(connection, account_id)
    return row


async def _lives(connection: Connection, row: AccountRow, grant: UUID | None) -> bool:
    return grant is None or await sessions.lives(connection, row.account_id, grant)


def _grant_of(request: Request) -> UUID | None:
    claim = read(token_of(request) or "").claims.get(GRANT)
    return UUID(claim) if claim else None


Me = Annotated[Visit, Depends(_visit)]
