"""A database that its service owned, as before there were roles, is handed over with its data."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FuturesTimeout
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from chassis.migrations import migrate
from standalone.provisioning import owner_of
from standalone.services import SERVICES, Service
from standalone.testing_roles import Connection, Provisioned, a_database_of

(LIFECYCLE,) = (service for service in SERVICES if service.name == "event-lifecycle")
# What came with the roles.
NEW = {"0003_append_only.sql", "0010_partitions_by_owner.sql"}
ADMINISTRATOR = "admin_of_old_homes"
_FACTS = """
insert into events (stream, version, key, sequence, id, type, schema, data, metadata, recorded_at)
select 'event-' || n, 1, n, 1, gen_random_uuid(), 'commontime.event.scheduled.v1', 1,
    '{"title": "secret"}', '{}', now()
from generate_series(1, 3) n
"""
_MESSAGES = """
insert into webhook_messages (fact_id, kind, type, subject, body, created_at)
select gen_random_uuid(), 'webhook', 'event.created', 'x', '{}', now() - d * interval '40 days'
from generate_series(0, 1) d
"""
_LOG = "select n, created_at, tableoid::regclass::text from webhook_messages order by n"
_OLD_DAY = """
select 'webhook_messages' || to_char((now() at time zone 'UTC')::date - 40, '_YYYYMMDD')
"""


@pytest.fixture(params=["a superuser", "who may make roles and databases"])
def administrator(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    """The URL of who provisions, one of a superuser and one of somebody else."""
    if request.param == "a superuser":
        yield postgres_server
        return
    address = urlsplit(postgres_server).netloc.rpartition("@")[2]
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        make = f"create role {ADMINISTRATOR} login createrole createdb password 'x'"
        connection.execute(make.encode())
        yield urlsplit(postgres_server)._replace(netloc=f"{ADMINISTRATOR}:x@{address}").geturl()
        connection.execute(f"drop role {ADMINISTRATOR}".encode())


@pytest.fixture
def home(postgres_server: str, administrator: str) -> Iterator[Provisioned]:
    with a_database_of(LIFECYCLE, postgres_server, administrator) as database:
        yield database


def provision_as_before(home: Provisioned) -> None:
    """As the version before did it."""
    name = sql.Identifier(home.service.database)
    with psycopg.connect(home.server, autocommit=True) as connection:
        for statement in (
            "create role {} login",
            "alter role {} password 'secret'",
            "grant {} to current_user",
            "create database {0} owner {0}",
            "revoke connect on database {} from public",
        ):
            connection.execute(sql.SQL(statement).format(name))


def folders_before(folder: Path, service: Service) -> list[Path]:
    """The service's migrations without what came with the roles."""
    copies: list[Path] = []
    for original in service.migration_folders():
        copy = folder / original.parent.name / original.name
        shutil.copytree(original, copy)
        for file in copy.iterdir():
            if file.name in NEW:
                file.unlink()
        copies.append(copy)
    return copies


def day_of_old(connection: Connection) -> str:
    [(day,)] = rows(connection, _OLD_DAY)
    return day


def rows(connection: Connection, query: LiteralString, *parameters: Any) -> list[Any]:
    return connection.execute(query, parameters).fetchall()


@pytest.mark.parametrize("migrated", ["to the version before", "to this version"])
def test_what_the_service_owned_stays_and_is_the_owners(
    home: Provisioned, migrated: str, tmp_path: Path
) -> None:
    provision_as_before(home)
    folders = folders_before(tmp_path, home.service)
    if migrated == "to this version":
        folders = [*home.service.migration_folders()]
    migrate(home.url, *folders)
    with home.as_service() as connection:
        connection.execute(_FACTS.encode())
        day = day_of_old(connection)
        connection.execute(
            f"create table {day} partition of webhook_messages for values"
            f" from (date_trunc('day', now() - interval '40 days', 'UTC'))"
            f" to (date_trunc('day', now() - interval '39 days', 'UTC'))".encode()
        )
        connection.execute(_MESSAGES.encode())
        facts, log = rows(connection, "select * from events"), rows(connection, _LOG)
    home.prepare()
    with home.as_service() as connection:
        assert rows(connection, "select * from events") == facts
        assert rows(connection, _LOG) == log
        assert log[1][2] == day
        works_as_ever(connection, day)
        may_no_more_than_a_service(connection)
        owns_nothing(connection, owner_of(home.service.database))


def works_as_ever(connection: Connection, old_day: str) -> None:
    connection.execute("""update events set data = '{"title": null}'""")
    assert rows(connection, "select webhook_drop_partition(%s)", old_day) == [(True,)]
    connection.execute("select webhook_partitions_ahead(9)")
    newest = rows(
        connection,
        "select max(c.relname) from pg_inherits join pg_class c on c.oid = inhrelid"
        " where inhparent = 'webhook_attempts'::regclass and c.relname ~ '\\d{8}$'",
    )[0][0]
    connection.execute(sql.SQL("delete from {}").format(sql.Identifier(newest)))
    connection.execute("select append_facts('[]', '{}', '1s')")
    assert rows(connection, "select count(*) from webhook_log") == [(0,)]


def may_no_more_than_a_service(connection: Connection) -> None:
    for statement in (
        "delete from events",
        "update events set key = key",
        "truncate outbox",
        "create table mine ()",
        "alter table outbox add column more int",
        "drop table seen",
        "create temporary table mine ()",
    ):
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement.encode())


def owns_nothing(connection: Connection, owner: str) -> None:
    found = rows(
        connection,
        "select distinct pg_get_userbyid(o) from ("
        " select relowner from pg_class where relnamespace = 'public'::regnamespace union all"
        " select proowner from pg_proc where pronamespace = 'public'::regnamespace union all"
        " select typowner from pg_type where typnamespace = 'public'::regnamespace union all"
        " select datdba from pg_database where datname = current_database()"
        ") as owners (o)",
    )
    assert found == [(owner,)]


def test_a_home_that_has_roles_is_prepared_again_and_nothing_changes(home: Provisioned) -> None:
    def privileges() -> list[Any]:
        with home.as_administrator() as connection:
            return rows(
                connection,
                "select relname, relowner, relacl from pg_class"
                " where relnamespace = 'public'::regnamespace union all"
                " select proname, proowner, proacl from pg_proc"
                " where pronamespace = 'public'::regnamespace union all"
                " select datname, datdba, datacl from pg_database"
                " where datname = current_database() order by 1",
            )

    home.prepare()
    before = privileges()
    home.prepare()
    assert privileges() == before


def test_a_start_that_was_interrupted_is_finished_by_the_next(home: Provisioned) -> None:
    with psycopg.connect(home.server, autocommit=True) as connection:
        name = sql.Identifier(home.service.database)
        connection.execute(sql.SQL("create database {}").format(name))
    home.prepare()
    with home.as_service() as connection:
        assert rows(connection, "select count(*) from scheduled_events") == [(0,)]
        may_no_more_than_a_service(connection)


def test_a_service_gets_the_password_that_its_home_has(home: Provisioned) -> None:
    home.prepare()
    changed = Provisioned(home.server, home.service, "another")
    changed.prepare()
    with changed.as_service() as connection:
        assert rows(connection, "select count(*) from events") == [(0,)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        home.as_service()


def test_it_is_handed_over_while_the_service_works(home: Provisioned) -> None:
    """Whoever is in the middle of something is let through: nobody's transaction is lost."""
    provision_as_before(home)
    migrate(home.url, *home.service.migration_folders())
    with home.as_service() as busy, ThreadPoolExecutor() as other:
        busy.execute("begin; select from outbox; lock table webhook_messages in row share mode")
        handing_over = other.submit(home.prepare)
        with pytest.raises(FuturesTimeout):
            handing_over.result(timeout=0.7)
        # In the order that a deadlock would take.
        busy.execute("select count(*) from events, keys, seen")
        busy.execute("commit")
        handing_over.result(timeout=20)
        may_no_more_than_a_service(busy)
