"""What an operator does about accounts on the command line."""

import sys
from collections.abc import Sequence
from secrets import token_urlsafe

from poll_api.accounts import records
from poll_api.accounts.passwords import Passwords
from poll_api.main import open_database
from poll_api.settings import Settings

_BYTES = 15


async def reset(settings: Settings, words: Sequence[str]) -> None:
    """Give the account with this address a new password and print it, for its owner to change.

    All its sessions end and its personal tokens go.
    """
    if len(words) != 1:
        raise SystemExit("Say whose: account-reset EMAIL.")
    password = token_urlsafe(_BYTES)
    passwords = Passwords(settings.password_min_length)
    try:
        password_hash = await passwords.hash(password)
    finally:
        passwords.close()
    async with (
        await open_database(settings) as pool,
        pool.connection() as connection,
        connection.transaction(),
    ):
        account = await records.find_by_email(connection, words[0])
        if account is None:
            raise SystemExit("There is no account with this address.")
        await records.reset_password(connection, account.account_id, password_hash)
    sys.stdout.write(f"{password}\n")
