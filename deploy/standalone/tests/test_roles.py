"""What a service may do in its database and what not, each tried as the service."""

from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, IntegrityError, OperationalError

from chassis.migrations import migrate
from standalone.provisioning import hand_over, make_roles, migrator_of, owner_of
from standalone.services import SERVICES
from standalone.testing_roles import Connection, Provisioned, a_database_of

REFUSED = [
    "create table mine (n int)",
    "create temporary table mine (n int)",
    "create schema mine",
    "create function mine() returns int language sql as 'select 1'",
    "create extension pg_trgm",
    "create role mine",
    "create database mine",
    "alter role current_user superuser",
    "set session_replication_role = replica",
    "copy (select 1) to program 'true'",
    "select pg_read_file('PG_VERSION')",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
]
REFUSED_OF_A_TABLE = [
    "truncate {}",
    "drop table {}",
    "alter table {} add column more int",
    "alter table {} disable trigger all",
    "alter table {} owner to current_user",
    "create index on {} ((1))",
    "create trigger mine before insert on {} for each row execute function pg_notify()",
]
REFUSED_OF_FACTS = [
    "delete from events",
    "update events set type = type",
    "update events set key = key, data = data",
    "drop trigger facts_stay on events",
    "alter table events disable trigger facts_stay",
    "drop function refuse_to_lose_facts() cascade",
    "create or replace function refuse_to_lose_facts() returns trigger language plpgsql as"
    " 'begin return old; end'",
]


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def prepared(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[Provisioned]:
    with a_database_of(request.param, postgres_server) as database:
        database.prepare()
        yield database


def tables_of(connection: Connection) -> list[str]:
    rows = connection.execute(
        "select relname from pg_class where relkind in ('r', 'p')"
        " and relnamespace = 'public'::regnamespace order by relname"
    )
    return [name for (name,) in rows]


def refused(connection: Connection, statement: sql.Composed | str) -> bool:
    try:
        if isinstance(statement, str):
            connection.execute(statement.encode())
        else:
            connection.execute(statement)
    except InsufficientPrivilege:
        return True
    return False


def test_the_service_makes_changes_and_takes_over_nothing(prepared: Provisioned) -> None:
    with prepared.as_service() as connection:
        done = [statement for statement in REFUSED if not refused(connection, statement)]
        become = sql.SQL("set role {}").format(sql.Identifier(owner_of(prepared.service.database)))
        assert refused(connection, become)
    assert done == []


def test_the_service_reads_and_writes_rows_of_each_table_and_no_more(
    prepared: Provisioned,
) -> None:
    with prepared.as_service() as connection:
        for table in tables_of(connection):
            name = sql.Identifier(table)
            done = [
                statement
                for statement in REFUSED_OF_A_TABLE
                if not refused(connection, sql.SQL(statement).format(name))  # type: ignore[arg-type]  # of the list above
            ]
            assert done == [], table
            connection.execute(sql.SQL("select * from {}").format(name))
            with suppress(IntegrityError), connection.transaction(force_rollback=True):
                connection.execute(sql.SQL("insert into {} default values").format(name))
            if table != "events":
                connection.execute(sql.SQL("delete from {} where false").format(name))
                assert writes_each_column(connection, table)
        assert [s for s in REFUSED_OF_FACTS if not refused(connection, s)] == []
        connection.execute("update events set data = data, metadata = metadata")


def writes_each_column(connection: Connection, table: str) -> bool:
    row = connection.execute(
        "select bool_and(has_column_privilege(%s::regclass, attnum, 'UPDATE')) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        (table, table),
    ).fetchone()
    return row == (True,)


def test_a_service_cannot_even_enter_the_database_of_another(postgres_server: str) -> None:
    poll_api, availability, *_ = SERVICES
    with (
        a_database_of(poll_api, postgres_server) as one,
        a_database_of(availability, postgres_server) as other,
    ):
        for database in (one, other):
            make_roles_and_database(database)
        with pytest.raises(OperationalError, match="permission denied for database"):
            psycopg.connect(other.seen_by(one.service.database, one.password))


def make_roles_and_database(database: Provisioned, migration_password: str = "") -> None:
    name = database.service.database
    with psycopg.connect(database.server, autocommit=True) as server:
        make_roles(server, name, database.password, migration_password)
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    with database.as_administrator() as connection:
        hand_over(connection, name)


def test_what_the_migrator_makes_is_the_owners_and_the_services_to_use(
    postgres_server: str,
) -> None:
    service = SERVICES[0]
    with a_database_of(service, postgres_server) as database:
        make_roles_and_database(database, migration_password="other")
        name = database.service.database
        migrate(database.seen_by(migrator_of(name), "other"), *service.migration_folders())
        with database.as_service() as connection:
            owners = connection.execute(
                "select distinct pg_get_userbyid(relowner) from pg_class"
                " where relnamespace = 'public'::regnamespace"
            ).fetchall()
            assert owners == [(owner_of(name),)]
            assert connection.execute("select count(*) from polls").fetchone() == (0,)
            assert refused(connection, "delete from events")
