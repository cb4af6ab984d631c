"""A database and its roles for each service on one PostgreSQL server, brought to its schema."""

import time
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from chassis.migrations import migrate
from standalone.provisioning import hand_over, make_roles, owner_of
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
    """Make the service's roles and database where they are missing, and apply its migrations.

    `server` is the administrator's URL, `url` the service's own with the password it shall have.
    A database that the service owned itself is handed over to its owner first, with its data.
    """
    database = urlsplit(server)._replace(path=f"/{service.database}").geturl()
    if not _is_provisioned(url, owner_of(service.database)):
        _make(server, service.database, urlsplit(url).password or "")
        with psycopg.connect(database, autocommit=True) as connection:
            hand_over(connection, service.database)
    migrate(database, *service.migration_folders())


def _is_provisioned(url: str, owner: str) -> bool:
    """Whether the service can connect, and somebody else owns what it then sees."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            query = (
                "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
            )
            return connection.execute(query).fetchone() == (owner,)
    except psycopg.OperationalError:
        return False


def _make(server: str, name: str, password: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        make_roles(connection, name, password)
        query = "select from pg_database where datname = %s"
        if connection.execute(query, (name,)).fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
