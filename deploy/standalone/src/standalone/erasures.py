"""`commontime erasures`: who and what was erased, a list to be kept apart from the databases."""

from argparse import Namespace
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.erasure_ledger import Erasure, read_ledger, write_ledger
from standalone.backup_manifest import LEDGER
from standalone.failures import Failure
from standalone.pg_programs import url_of
from standalone.server import reachable_server
from standalone.settings import Settings
from standalone.terminal import say

_SQL = load("standalone", "backup.sql")


def run(settings: Settings, options: Namespace) -> int:
    """Print the list, one line of JSON for each, the oldest first."""
    with reachable_server(settings) as server:
        erased = erasures_on(server)
    since: datetime | None = options.since
    listed = [each for each in erased if since is None or each.at >= since]
    if listed:
        say(write_ledger(listed).rstrip("\n"))
    return 0


def since(text: str) -> datetime:
    """Parse what is said after `--since`; without an offset it is UTC."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else datetime.fromisoformat(f"{instant.isoformat()}+00:00")


def erasures_on(server: str) -> list[Erasure]:
    """What the databases of a server know."""
    with (
        psycopg.connect(url_of(server, "poll_api"), connect_timeout=5) as polls,
        psycopg.connect(url_of(server, "availability"), connect_timeout=5) as participants,
    ):
        return erasures_in(polls, participants)


def erasures_in(
    polls: psycopg.Connection[TupleRow], participants: psycopg.Connection[TupleRow]
) -> list[Erasure]:
    """What the databases of poll-api and availability know, as these connections see them."""
    rows = [
        *polls.execute(_SQL["erased_polls"]).fetchall(),
        *participants.execute(_SQL["erased_participants"]).fetchall(),
    ]
    if polls.execute(_SQL["remembers_accounts"]).fetchone() == (True,):
        rows += polls.execute(_SQL["erased_accounts"]).fetchall()
    return [Erasure(kind=kind, id=id_, poll_id=poll, at=at) for kind, id_, poll, at in rows]


def read_ledgers(files: Iterable[Path]) -> list[Erasure]:
    """Read ledgers: files, or folders of backups. Raises `Failure` for one that is none."""
    read: list[Erasure] = []
    for file in files:
        ledger = file / LEDGER if file.is_dir() else file
        try:
            read += read_ledger(ledger)
        except FileNotFoundError:
            raise Failure(f"There is no list of erasures at {ledger}.") from None
        except ValueError:
            raise Failure(f"{ledger} is no list of erasures.") from None
    return read
