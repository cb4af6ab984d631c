"""An account goes: nothing of it stays but its polls, which nobody owns then."""

from uuid import UUID

from eventstore.idempotency import forget_answers
from poll_api.accounts.records import SQL
from poll_api.accounts.repeating import subject_of
from poll_api.handlers import Disowning, disown


async def delete(accounts: Disowning, account_id: UUID) -> None:
    """Whoever was interrupted here can do it again, and has an account until all is done."""
    await disown(accounts, account_id)
    async with accounts.pool.connection() as connection, connection.transaction():
        await forget_answers(connection, subject_of(account_id))
        await connection.execute(SQL["delete_account"], (account_id,))
    # What was opened in between, with a token that is good for some minutes more.
    await disown(accounts, account_id)
