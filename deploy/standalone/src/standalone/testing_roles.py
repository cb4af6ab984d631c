"""For tests: a service's database on a shared server, provisioned like any other."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from standalone.databases import prepare
from standalone.provisioning import migrator_of, owner_of
from standalone.services import Service

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Renamed(Service):
    """A service whose database and roles have a name that no other test's have."""

    database_name: str

    @property
    def database(self) -> str:
        return self.database_name


@dataclass(frozen=True)
class Provisioned:
    """A service's database on a server, or what it will be; `server` is an administrator's URL."""

    server: str
    service: Service
    password: str = "secret"  # noqa: S105  of a role that a test makes

    @property
    def url(self) -> str:
        """The database as the service has it."""
        return self.seen_by(self.service.database, self.password)

    def seen_by(self, role: str, password: str) -> str:
        address = urlsplit(self.server).netloc.rpartition("@")[2]
        parts = urlsplit(self.server)._replace(netloc=f"{role}:{password}@{address}")
        return parts._replace(path=f"/{self.service.database}").geturl()

    def prepare(self) -> None:
        prepare(self.server, self.service, self.url)

    def as_service(self) -> Connection:
        return psycopg.connect(self.url, autocommit=True)

    def as_administrator(self) -> Connection:
        url = urlsplit(self.server)._replace(path=f"/{self.service.database}").geturl()
        return psycopg.connect(url, autocommit=True)

    def remove(self, superuser: str) -> None:
        name = self.service.database
        with psycopg.connect(superuser, autocommit=True) as connection:
            drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            connection.execute(drop)
            for role in (migrator_of(name), name, owner_of(name)):
                drop = sql.SQL("drop role if exists {}").format(sql.Identifier(role))
                connection.execute(drop)


@contextmanager
def a_database_of(service: Service, server: str, administrator: str = "") -> Generator[Provisioned]:
    """Where a database of the service can be; `server` is a superuser's URL."""
    renamed = Renamed(service.name, f"{service.package}_{secrets.token_hex(4)}")
    database = Provisioned(administrator or server, renamed)
    try:
        yield database
    finally:
        database.remove(server)
