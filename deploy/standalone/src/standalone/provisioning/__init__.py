"""The roles of a service on a PostgreSQL server, and what each may do in the service's database.

The SQL is in files that psql runs as well: `provision.sql` does everything, for any server.
"""

import time
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.errors import DeadlockDetected, LockNotAvailable

Connection = psycopg.Connection[Any]
# Who waits for a table's lock is waited for by everybody after them, commands too.
_WAITS_NO_LONGER = "300ms"
_PATIENCE_S = 30


def owner_of(service: str) -> str:
    """The role that owns the service's database and everything in it; nobody logs in as it."""
    return f"{service}_owner"


def migrator_of(service: str) -> str:
    """The role that logs in to apply migrations, as the owner."""
    return f"{service}_migrator"


def make_roles(
    server: Connection, service: str, password: str, migration_password: str = ""
) -> None:
    """Make the service's roles, or give those that are there these passwords.

    `server` is an administrator's connection to any database. Without a password for it there is
    no migrator: the administrator can do what it does.
    """
    _tell(server, service=service, password=password, migration_password=migration_password)
    _run(server, "roles.sql")


def hand_over(database: Connection, service: str) -> None:
    """Give the database to its owner, and the service its privileges, all of it or nothing.

    What the service owned itself until now becomes the owner's. `database` is an administrator's
    connection to it, and services may go on meanwhile: whatever holds it up is let through first.
    """
    _tell(database, service=service)
    database.execute("select set_config('lock_timeout', %s, false)", (_WAITS_NO_LONGER,))
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return _run(database, "privileges.sql")
        except (DeadlockDetected, LockNotAvailable):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _tell(connection: Connection, **settings: str) -> None:
    for name, value in settings.items():
        connection.execute("select set_config(%s, %s, false)", (f"commontime.{name}", value))


def _run(connection: Connection, file: str) -> None:
    connection.execute(files(__name__).joinpath(file).read_bytes())
