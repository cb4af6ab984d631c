"""Signed in, renewed, signed out."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from poll_api.accounts.records import SQL, Connection
from poll_api.accounts.refresh_tokens import GRACE, Refresh

# Whoever signs in once more is signed out where they signed in longest ago.
MOST_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class Session:
    """One of an account, with the generation of its newest refresh token."""

    session_id: UUID
    account_id: UUID
    generation: int = field(default=1)


async def begin(connection: Connection, account_id: UUID, lasts: timedelta) -> Session:
    await connection.execute(SQL["purge_sessions"])
    # Not one that sorts by time: an id nobody can guess costs nothing.
    session = Session(uuid4(), account_id)
    values = (session.session_id, account_id, lasts)
    await connection.execute(SQL["begin_session"], values)
    await connection.execute(SQL["keep_newest_sessions"], (account_id, MOST_SESSIONS))
    return session


async def renew(connection: Connection, shown: Refresh, lasts: timedelta) -> Session | None:
    """The session with its newest generation; None where the token is not good.

    A token that was used before ends its session: this is kept also though nothing comes back.
    """
    cursor = await connection.execute(SQL["lock_session"], (GRACE, shown.session_id))
    row = await cursor.fetchone()
    if row is None:
        return None
    account_id, generation, just_now = row
    if shown.generation == generation:
        await connection.execute(SQL["rotate_session"], (lasts, shown.session_id))
        return Session(shown.session_id, account_id, generation + 1)
    if shown.generation == generation - 1 and just_now:
        return Session(shown.session_id, account_id, generation)
    await end(connection, shown)
    return None


async def end(connection: Connection, shown: Refresh) -> None:
    await connection.execute(SQL["end_session"], (shown.session_id,))


async def end_others(connection: Connection, account_id: UUID, stays: UUID | None) -> None:
    await connection.execute(SQL["end_sessions"], (account_id, stays))


async def lives(connection: Connection, account_id: UUID, grant: UUID) -> bool:
    """Whether the session, or the personal token, that an access token came from is there still."""
    cursor = await connection.execute(SQL["lives"], {"grant": grant, "account_id": account_id})
    row = await cursor.fetchone()
    return bool(row and row[0])
