"""An account goes: nothing of it stays but its polls, which nobody owns then."""

from uuid import UUID

from eventstore.idempotency import forget_answers
from poll_api.accounts.records import SQL
from poll_api.accounts.repeating import subject_of
from poll_api.accounts.service import Accounts


async def delete(accounts: Accounts, account_id: UUID) -> None:
    """Whoever was interrupted here can do it again."""
    async with accounts.pool.connection() as connection, connection.transaction():
        await forget_answers(connection, subject_of(account_id))
        await connection.execute(SQL["delete_account"], (account_id,))
