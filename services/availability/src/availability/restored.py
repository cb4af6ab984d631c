"""What must be so in a database that comes from a backup, before anybody may see it."""

import sys
from collections.abc import Sequence
from pathlib import Path

from availability import decider
from availability.data_subjects import erase_one, known_poll, open_store
from availability.main import open_database
from availability.maintenance import catch_up
from availability.settings import Settings
from chassis.database import Pool
from contracts.erasure_ledger import Erasure, read_ledger
from eventstore.store import EventStore


async def after_restore(settings: Settings, words: Sequence[str]) -> None:
    """Erase the participants of a ledger again, given as a file.

    Polls that poll-api, which must answer, has erased go first, with everybody in them.
    """
    if len(words) != 1:
        raise SystemExit("Say what was erased: after-restore FILE.")
    ledger = read_ledger(Path(words[0]))
    await catch_up(settings, ())
    async with await open_database(settings) as pool, open_store(pool) as store:
        erased = [
            await _erase_again(pool, store, each) for each in ledger if each.kind == "participant"
        ]
    sys.stdout.write(f"Erased again: {sum(erased)} participants.\n")


async def _erase_again(pool: Pool, store: EventStore, erasure: Erasure) -> bool:
    if erasure.poll_id is None or (known := await known_poll(pool, erasure.poll_id)) is None:
        return False
    try:
        return await erase_one(store, erasure.poll_id, erasure.id, *known)
    except decider.UnknownParticipant:
        return False  # joined after the backup
