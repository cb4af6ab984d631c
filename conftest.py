"""What every test may use: a real PostgreSQL and a real Kafka, started once per run.

Tests share both servers and keep apart by database and by topic prefix. The servers start at
the first test that asks for either, both at once.

The URL of a database is the one a service has: it reads and writes rows and may do nothing else.
A test that makes tables asks for `as_owner`, one that does what no role may for `as_superuser`.

`COMMONTIME_TEST_DATABASE_URL` (a superuser's URL) and `KAFKA_BOOTSTRAP_SERVERS` name servers to
use instead.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString
from urllib.parse import quote, urlencode, urlsplit

import psycopg
import pytest
from psycopg import sql

from chassis.zones import use_locked_rules
from settings_under_test import UNLIMITED
from standalone import aot, artifacts, java
from standalone.kafka import Kafka
from standalone.postgres import Postgres
from standalone.provisioning import hand_over, make_roles, migrator_of, owner_of

POSTGRES_VARIABLE = "COMMONTIME_TEST_DATABASE_URL"
KAFKA_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS"

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[..., str]
As = Callable[[str], str]


@dataclass(frozen=True)
class Roles:
    """Those that all databases of a run share; the service's gives its name to the others."""

    service: str
    password: str

    def url(self, server: str, database: str) -> str:
        """A database as the service sees it."""
        return _log_in(url_of(server, database), self.service, self.password)

    def owner_url(self, database: str) -> str:
        """The same database as who applies migrations sees it, acting as the owner."""
        options = urlencode({"options": f"-c role={owner_of(self.service)}"}, quote_via=quote)
        url = _log_in(database, migrator_of(self.service), self.password)
        return urlsplit(url)._replace(query=options).geturl()


def pytest_configure() -> None:
    """Let every service that a test runs, here or as a process, answer as often as it can."""
    use_locked_rules()
    os.environ.update({name: os.environ.get(name, value) for name, value in UNLIMITED.items()})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a server, and leave the long variants out unless they are asked for."""
    soak: list[pytest.Item] = []
    for item in items:
        wanted: list[str] = getattr(item, "fixturenames", [])
        if {"postgres_server", "kafka_bootstrap"} & set(wanted):
            item.add_marker("infrastructure")
        if item.get_closest_marker("soak") and "COMMONTIME_SOAK" not in os.environ:
            soak.append(item)
    if soak:
        config.hook.pytest_deselected(items=soak)
        items[:] = [item for item in items if item not in soak]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where `CI` is set, a test that was skipped has not passed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or exitstatus != pytest.ExitCode.OK or not os.environ.get("CI"):
        return
    if skipped := len(reporter.stats.get("skipped", ())):
        reporter.write_line(f"{skipped} skipped: with CI set that is a failure", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[str, str]]:
    """Start what no variable names; give a PostgreSQL superuser's URL and Kafka's address."""
    # Not pytest's own temporary folder: it keeps the last three runs, and these are large.
    folder = Path(tempfile.mkdtemp(prefix="commontime-tests-"))
    postgres, kafka = _postgres(folder), _kafka(folder)
    started = [server for server in (postgres, kafka) if server]
    try:
        for server in started:
            server.begin()
        for server in started:
            server.start()
        for server in started:
            server.wait_until_ready()
        if postgres:
            _spare_waiting(postgres.url())
        yield (
            postgres.url() if postgres else os.environ[POSTGRES_VARIABLE],
            kafka.bootstrap if kafka else os.environ[KAFKA_VARIABLE],
        )
    finally:
        for server in started:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _postgres(folder: Path) -> Postgres | None:
    if POSTGRES_VARIABLE in os.environ:
        return None
    password = secrets.token_urlsafe()
    return Postgres(folder / "postgres", password=password, log=folder / "postgres.log")


def _spare_waiting(server: str) -> None:
    """Have the server wait for nothing that no test is about.

    Without `fsync` it survives the death of its processes as before, but not of the machine: a
    commit takes a tenth of the time, dropping a database a twentieth. And a database is dropped
    soon that is held by a connection given up while it was made: the server waits for its client
    to say who it is, by default a minute.
    """
    _execute(server, "alter system set fsync = off")
    _execute(server, "alter system set full_page_writes = off")
    _execute(server, "alter system set authentication_timeout = '5s'")
    _execute(server, "select pg_reload_conf()")


def _kafka(folder: Path) -> Kafka | None:
    if KAFKA_VARIABLE in os.environ:
        return None
    jars, runtime = artifacts.kafka_jars(), java.find()
    return Kafka(
        folder / "kafka",
        java=runtime,
        jars=jars,
        log=folder / "kafka.log",
        flags=aot.flags(runtime, jars),
    )


@pytest.fixture(scope="session")
def postgres_server(servers: tuple[str, str]) -> str:
    """A superuser's URL of the PostgreSQL server, database `postgres`."""
    return servers[0]


@pytest.fixture(scope="session")
def kafka_bootstrap(servers: tuple[str, str]) -> str:
    """The address of the Kafka broker, `host:port`."""
    return servers[1]


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for topics and groups that no other test has."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture(scope="module")
def module_topic_prefix() -> str:
    """A prefix for topics and groups that no other file of tests has."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture(scope="session")
def database_roles(postgres_server: str) -> Iterator[Roles]:
    """The roles of this run, in a server that may have others."""
    roles = Roles(f"test_{secrets.token_hex(4)}", secrets.token_urlsafe())
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        make_roles(connection, roles.service, roles.password, roles.password)
    yield roles
    for name in (migrator_of(roles.service), roles.service, owner_of(roles.service)):
        _execute(postgres_server, "drop role {}", name)


@pytest.fixture
def as_owner(database_roles: Roles) -> As:
    """Give a database's URL as its owner has it, who makes tables: `as_owner(url)`."""
    return database_roles.owner_url


@pytest.fixture
def as_superuser(postgres_server: str) -> As:
    """Give a database's URL as a superuser has it, whom no privilege binds: `as_superuser(url)`."""
    return lambda url: url_of(postgres_server, urlsplit(url).path[1:])


@pytest.fixture
def forget_facts(as_superuser: As) -> Callable[[str], None]:
    """Delete all facts of a database that tests share, past its triggers: `forget_facts(url)`."""

    def forget(url: str) -> None:
        with psycopg.connect(
            as_superuser(url), options="-c session_replication_role=replica -c lock_timeout=5s"
        ) as connection:
            connection.execute("delete from events")

    return forget


@pytest.fixture(scope="session")
def template_database(postgres_server: str, database_roles: Roles) -> Iterator[TemplateDatabase]:
    """Make a template once per run: `template_database(name, *migration_folders) -> template`."""
    run = secrets.token_hex(4)
    made: dict[str, str] = {}

    def make(name: str, *folders: Path) -> str:
        from chassis.migrations import migrate  # tests without a database do not pay for it

        if name not in made:
            made[name] = f"template_{name}_{run}"
            _execute(postgres_server, "create database {}", made[name])
            url = url_of(postgres_server, made[name])
            with psycopg.connect(url, autocommit=True) as connection:
                hand_over(connection, database_roles.service)
            if folders:
                migrate(url, *folders)
        return made[name]

    yield make
    for template in made.values():
        _drop_database(postgres_server, template)


@pytest.fixture
def new_database(
    postgres_server: str, database_roles: Roles, template_database: TemplateDatabase
) -> Iterator[NewDatabase]:
    """Make a database of this test's own: `new_database(template) -> url`; empty without one."""
    yield from _new_databases(postgres_server, database_roles, template_database)


@pytest.fixture(scope="module")
def module_database(
    postgres_server: str, database_roles: Roles, template_database: TemplateDatabase
) -> Iterator[NewDatabase]:
    """Make a database for all tests of a file, which must keep apart in it by themselves."""
    yield from _new_databases(postgres_server, database_roles, template_database)


def _new_databases(
    server: str, roles: Roles, template_database: TemplateDatabase
) -> Iterator[NewDatabase]:
    made: list[str] = []

    def make(template: str = "") -> str:
        made.append(f"test_{secrets.token_hex(6)}")
        _copy_database(server, roles, made[-1], template or template_database("empty"))
        return roles.url(server, made[-1])

    yield make
    for database in made:
        _drop_database(server, database)


def url_of(server: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(server)._replace(path=f"/{database}").geturl()


def _log_in(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()


def _copy_database(server: str, roles: Roles, name: str, template: str) -> None:
    """What is in the template has its privileges; those on the database itself are not copied."""
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in (
            "create database {name} template {template} strategy file_copy owner {owner}",
            "revoke all on database {name} from public",
            "grant connect on database {name} to {service}, {migrator}",
        ):
            connection.execute(
                sql.SQL(statement).format(
                    name=sql.Identifier(name),
                    template=sql.Identifier(template),
                    owner=sql.Identifier(owner_of(roles.service)),
                    service=sql.Identifier(roles.service),
                    migrator=sql.Identifier(migrator_of(roles.service)),
                )
            )


def _drop_database(server: str, name: str) -> None:
    _execute(server, "drop database {} with (force)", name)


def _execute(server: str, statement: LiteralString, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
