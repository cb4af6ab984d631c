"""Bring a database to the schema the code expects, from folders of plain SQL files.

A file is `NNNN_what_it_does.sql` and runs once, in a transaction of its own, in the order of
the folders and then of the numbers. The package that holds the folder is the file's component,
so that several libraries keep their tables in one database. Files only expand, or contract what
no running version reads any more: the schema may be newer than the code, never older.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from chassis.connections import Patience, connection_arguments

_FILE_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
# Any constant does, as long as every replica of every version uses the same one.
_LOCK = 4_311_947_205
# Waiting for another replica's migrations takes as long as those take.
_PATIENCE = Patience(statement_timeout=0, lock_timeout=0, idle_in_transaction_session_timeout=0)
# The database's owner, where whoever connected may act in its name.
_OWNER = """
select pg_get_userbyid(datdba) from pg_database
where datname = current_database() and pg_has_role(datdba, 'MEMBER')
"""
_TABLE = """
create table if not exists schema_migrations (
    component text not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp(),
    primary key (component, name)
)
"""


class BadMigrations(Exception):
    """The folders and the database cannot be brought together; the message says why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, as it is written in `schema_migrations`."""

    component: str
    name: str
    sql: bytes

    @property
    def checksum(self) -> str:
        return sha256(self.sql).hexdigest()

    def __str__(self) -> str:
        return f"{self.component}/{self.name}"


def migrate(url: str, *folders: Path) -> list[str]:
    """Apply what is missing and return it as `component/file`, in order.

    Replicas that start together take turns. A file that fails leaves nothing behind. What is made
    belongs to the database's owner where the login is a member of it, else to the login.

    Raises:
        BadMigrations: a file is misnamed, was changed after it was applied, or fails; or this
            login may make no tables.
        psycopg.OperationalError: the server cannot be reached.
    """
    migrations = read_folders(folders)
    arguments = connection_arguments("migrate", _PATIENCE)
    with psycopg.connect(url, autocommit=True, **arguments) as connection:  # pyright: ignore[reportArgumentType]  # libpq's own parameters
        connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
        connection.execute("set lock_timeout = '5s'")
        _become_owner(connection)
        _ensure_table(connection)
        missing = missing_of(migrations, _applied(connection))
        for migration in missing:
            _apply(connection, migration)
    return [str(migration) for migration in missing]


def read_folders(folders: Iterable[Path]) -> list[Migration]:
    """The migrations of these folders, in the order in which they must run."""
    return [migration for folder in folders for migration in _read_folder(folder)]


def missing_of(
    migrations: Iterable[Migration], applied: dict[tuple[str, str], str]
) -> list[Migration]:
    """Those not in `applied` ((component, name) → checksum); refuses a changed one."""
    missing: list[Migration] = []
    for migration in migrations:
        checksum = applied.get((migration.component, migration.name))
        if checksum is None:
            missing.append(migration)
        elif checksum != migration.checksum:
            raise BadMigrations(
                f"{migration} was changed after it had been applied to this database; "
                "restore the file and put the change into a new one"
            )
    return missing


def _read_folder(folder: Path) -> list[Migration]:
    if not folder.is_dir():
        raise BadMigrations(f"there is no folder of migrations at {folder}")
    files = sorted(folder.glob("*.sql"))
    for file in files:
        if not _FILE_NAME.fullmatch(file.name):
            raise BadMigrations(f"{file.name} is not named like 0001_what_it_does.sql")
    numbers = Counter(file.name[:4] for file in files)
    for number, count in numbers.items():
        if count > 1:
            raise BadMigrations(f"{folder.parent.name} has {count} migrations numbered {number}")
    return [Migration(folder.parent.name, file.name, file.read_bytes()) for file in files]


def _become_owner(connection: psycopg.Connection[TupleRow]) -> None:
    for (owner,) in connection.execute(_OWNER):
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(owner)))


def _ensure_table(connection: psycopg.Connection[TupleRow]) -> None:
    try:
        connection.execute(_TABLE)
    except psycopg.errors.InsufficientPrivilege as error:
        raise BadMigrations(
            f"{error.diag.message_primary}: to apply migrations the login must be a member of "
            "the database's owner"
        ) from error


def _applied(connection: psycopg.Connection[TupleRow]) -> dict[tuple[str, str], str]:
    rows = connection.execute("select component, name, checksum from schema_migrations")
    return {(component, name): checksum for component, name, checksum in rows}


def _apply(connection: psycopg.Connection[TupleRow], migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.sql)
            connection.execute(
                "insert into schema_migrations (component, name, checksum) values (%s, %s, %s)",
                (migration.component, migration.name, migration.checksum),
            )
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error)
        raise BadMigrations(f"{migration} failed and was undone: {reason}") from error
