"""The roles of the manifests, in a real PostgreSQL: as CloudNativePG makes them, then the Jobs."""

import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from chassis.migrations import migrate
from manifests import FOLDER, containers, rendered
from standalone.databases import wait_for_server
from standalone.postgres import Postgres, programs
from standalone.services import SERVICES, Service

PASSWORD = "of-everybody"
UrlOf = Callable[[str, str], str]


@pytest.fixture(scope="module")
def url_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UrlOf]:
    """A server with the roles and databases of the manifests: `url_of(role, database)`."""
    folder = tmp_path_factory.mktemp("postgres")
    server = Postgres(folder / "data", password=PASSWORD, log=folder / "log")
    server.begin()
    server.start()
    server.wait_until_ready()
    wait_for_server(server.url())
    _make_roles_and_databases(server.url())
    address = server.url().rpartition("@")[2].partition("/")[0]
    yield lambda role, database: f"postgresql://{role}:{PASSWORD}@{address}/{database}"
    server.stop()


def _make_roles_and_databases(server: str) -> None:
    manifests = rendered("prod")
    (cluster,) = manifests.of("Cluster")
    roles: list[dict[str, Any]] = cluster["spec"]["managed"]["roles"]
    with psycopg.connect(server, autocommit=True) as connection:
        for role in roles:
            name = sql.Identifier(role["name"])
            login = sql.SQL("login password {}").format(PASSWORD)
            kind = login if role["login"] else sql.SQL("nologin")
            connection.execute(sql.SQL("create role {} {}").format(name, kind))
            for owner in role.get("inRoles", ()):
                grant = sql.SQL("grant {} to {}").format(sql.Identifier(owner), name)
                connection.execute(grant)
        for database in manifests.of("Database"):
            names = (sql.Identifier(database["spec"][each]) for each in ("name", "owner"))
            connection.execute(sql.SQL("create database {} owner {}").format(*names))


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def service(
    request: pytest.FixtureRequest, url_of: UrlOf, tmp_path_factory: pytest.TempPathFactory
) -> Service:
    """One whose Job has run, twice: its first container, and then the migrations."""
    service: Service = request.param
    url = url_of(f"{service.database}_migrator", service.database)
    folder = tmp_path_factory.mktemp("migration")
    (folder / f"{service.name}-migration-database-url").write_text(url)
    first, _ = containers(rendered("prod").one("Job", f"migrate-{service.name}"))
    shell, flags, script = first["command"]
    script = script.replace("/run/migration", str(folder))
    script = script.replace("/provisioning", str(FOLDER / "components" / "provisioning"))
    for _ in range(2):
        path = f"{programs() / 'bin'}:{os.environ['PATH']}"
        subprocess.run([shell, flags, script], env={**os.environ, "PATH": path}, check=True)
        migrate(url, *service.migration_folders())
    return service


def test_a_service_reads_and_writes_rows_of_what_the_migrations_made(
    service: Service, url_of: UrlOf
) -> None:
    with psycopg.connect(url_of(service.database, service.database)) as connection:
        tables = connection.execute(
            "select relname from pg_class where relkind in ('r', 'p') "
            "and relnamespace = 'public'::regnamespace and relname <> 'events'"
        ).fetchall()
        assert len(tables) > 3
        for (table,) in tables:
            rights = connection.execute(
                "select has_table_privilege(%s, 'select'), has_table_privilege(%s, 'insert')",
                (table, table),
            ).fetchone()
            assert rights == (True, True), table


def test_a_service_changes_no_tables_and_takes_no_facts_away(
    service: Service, url_of: UrlOf
) -> None:
    refused = ["create table x ()", "drop table schema_migrations", "alter table inbox add y int"]
    if service.name != "recommender":
        refused += ["delete from events", "truncate events"]
    for statement in refused:
        with (
            psycopg.connect(url_of(service.database, service.database)) as connection,
            pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)),
        ):
            connection.execute(statement.encode())


def test_nobody_else_connects(service: Service, url_of: UrlOf) -> None:
    for other in SERVICES:
        if other != service:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(url_of(other.database, service.database))
    with psycopg.connect(url_of(service.database, service.database)) as connection:
        owner = connection.execute(
            "select rolname, rolcanlogin from pg_roles where oid = "
            "(select datdba from pg_database where datname = current_database())"
        ).fetchone()
    assert owner == (f"{service.database}_owner", False)
