"""What must be so in a database that comes from a backup, before anybody may see it.

What was erased since is erased again, and everybody has to sign in: a session that ended since
would live again.
"""

import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from chassis.clock import Clock, utc_now
from chassis.database import Pool
from contracts.erasure_ledger import read_ledger
from eventstore.store import EventStore
from poll_api import projections
from poll_api.accounts import deleting
from poll_api.accounts.records import SQL
from poll_api.handlers import erase_again
from poll_api.main import SOURCE, open_database
from poll_api.settings import Settings


@dataclass(frozen=True)
class _Restored:
    pool: Pool
    store: EventStore
    clock: Clock


async def after_restore(settings: Settings, words: Sequence[str]) -> None:
    """Erase the polls and accounts of a ledger again, given as a file, and end all sessions."""
    if len(words) != 1:
        raise SystemExit("Say what was erased: after-restore FILE.")
    ledger = read_ledger(Path(words[0]))
    async with _opened(settings) as restored:
        await _end_sessions(restored.pool)
        polls = [
            await erase_again(restored, each.id, restored.clock())
            for each in ledger
            if each.kind == "poll"
        ]
        accounts = [
            await _delete_again(restored, each.id) for each in ledger if each.kind == "account"
        ]
    sys.stdout.write(f"Erased again: {sum(polls)} polls, {sum(accounts)} accounts.\n")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[_Restored]:
    async with await open_database(settings) as pool:
        store = EventStore(pool, source=SOURCE, projections=[projections.project_polls])
        async with store:
            yield _Restored(pool, store, utc_now)


async def _end_sessions(pool: Pool) -> None:
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(SQL["end_all_sessions"])
        await connection.execute(SQL["end_all_resets"])


async def _delete_again(restored: _Restored, account_id: UUID) -> bool:
    async with restored.pool.connection() as connection:
        cursor = await connection.execute(SQL["is_known"], (account_id,))
        if await cursor.fetchone() is None:
            return False
    await deleting.delete(restored, account_id)
    return True
