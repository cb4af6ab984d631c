"""A database and a role for each service on one PostgreSQL server, brought to its schema."""

import time
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from chassis.migrations import migrate
from standalone.services import Service

PATIENCE = 60


def wait_for_server(server: str) -> None:
    """Wait until the server answers; after a minute raise what it says."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(server, connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def prepare(server: str, service: Service, url: str) -> None:
    """Make the service's role and database where they are missing, and apply its migrations.

    `server` is the administrator's URL, `url` the service's own with the password it shall have.
    """
    if not _can_connect(url):
        _provision(server, service.database, urlsplit(url).password or "")
    migrate(url, *service.migration_folders())


def _can_connect(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _provision(server: str, name: str, password: str) -> None:
    identifier = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as connection:
        if not _exists(connection, "select from pg_roles where rolname = %s", name):
            connection.execute(sql.SQL("create role {} login").format(identifier))
        connection.execute(
            sql.SQL("alter role {} password {}").format(identifier, sql.Literal(password))
        )
        if not _exists(connection, "select from pg_database where datname = %s", name):
            # An administrator who is no superuser must be a member of the owner.
            connection.execute(sql.SQL("grant {} to current_user").format(identifier))
            connection.execute(
                sql.SQL("create database {} owner {}").format(identifier, identifier)
            )
            connection.execute(
                sql.SQL("revoke connect on database {} from public").format(identifier)
            )


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, name: str) -> bool:
    return connection.execute(query.encode(), (name,)).fetchone() is not None
