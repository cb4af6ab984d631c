"""Migrations on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from chassis.migrations import BadMigrations, migrate

NewDatabase = Callable[[], str]


@pytest.fixture
def owned_database(new_database: NewDatabase, as_owner: Callable[[str], str]) -> NewDatabase:
    """An empty database, as who applies migrations sees it."""
    return lambda: as_owner(new_database())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "library" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_things.sql").write_text("create table things (n int); select pg_sleep(0.05);")
    (folder / "0002_first.sql").write_text("insert into things values (1); -- 100 %")
    (folder / "__init__.py").touch()
    return folder


def things(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [n for (n,) in connection.execute("select n from things order by n")]


def test_files_run_once_and_in_order(owned_database: NewDatabase, folder: Path) -> None:
    url = owned_database()
    assert migrate(url, folder) == ["library/0001_things.sql", "library/0002_first.sql"]
    assert migrate(url, folder) == []
    assert things(url) == [1]


def test_a_new_file_runs_on_a_database_that_has_the_others(
    owned_database: NewDatabase, folder: Path
) -> None:
    url = owned_database()
    migrate(url, folder)
    (folder / "0003_second.sql").write_text("insert into things values (2)")
    assert migrate(url, folder) == ["library/0003_second.sql"]
    assert things(url) == [1, 2]


def test_folders_keep_their_own_numbers(owned_database: NewDatabase, folder: Path) -> None:
    own = folder.parent.parent / "service" / "migrations"
    own.mkdir(parents=True)
    (own / "0001_things.sql").write_text("insert into things values (3)")
    applied = migrate(owned_database(), folder, own)
    assert applied[-1] == "service/0001_things.sql"


def test_what_a_member_of_the_owner_makes_is_the_owners(
    new_database: NewDatabase, as_owner: Callable[[str], str], folder: Path
) -> None:
    url = new_database()
    as_somebody_else = urlsplit(as_owner(url))._replace(query="").geturl()
    with psycopg.connect(as_somebody_else) as connection:
        [(login, owner)] = connection.execute(
            "select current_user, pg_get_userbyid(datdba) from pg_database"
            " where datname = current_database()"
        ).fetchall()
        assert login != owner
    migrate(as_somebody_else, folder)
    with psycopg.connect(url) as connection:
        owners = connection.execute(
            "select distinct tableowner from pg_tables where schemaname = 'public'"
        ).fetchall()
    assert owners == [(owner,)]


def test_who_is_no_member_of_the_owner_makes_what_is_its_own(
    new_database: NewDatabase, as_superuser: Callable[[str], str], folder: Path
) -> None:
    """As before there were roles, and on servers where it is set up differently."""
    url = new_database()
    with psycopg.connect(as_superuser(url)) as connection:
        role = sql.Identifier(urlsplit(url).username or "")
        connection.execute(sql.SQL("grant create on schema public to {}").format(role))
    assert len(migrate(url, folder)) == 2
    assert things(url) == [1]


def test_a_service_may_apply_none(new_database: NewDatabase, folder: Path) -> None:
    with pytest.raises(BadMigrations, match="must be a member of the database's owner"):
        migrate(new_database(), folder)


def test_replicas_that_start_together_take_turns(owned_database: NewDatabase, folder: Path) -> None:
    url = owned_database()
    with ThreadPoolExecutor(4) as replicas:
        running = [replicas.submit(migrate, url, folder) for _ in range(4)]
    assert sorted(len(replica.result()) for replica in running) == [0, 0, 0, 2]
    assert things(url) == [1]


def test_a_changed_file_is_refused_by_name(owned_database: NewDatabase, folder: Path) -> None:
    url = owned_database()
    migrate(url, folder)
    (folder / "0002_first.sql").write_text("insert into things values (7)")
    with pytest.raises(BadMigrations, match=r"library/0002_first\.sql was changed after"):
        migrate(url, folder)
    assert things(url) == [1]


def test_a_failing_file_leaves_nothing(owned_database: NewDatabase, folder: Path) -> None:
    url = owned_database()
    (folder / "0003_bad.sql").write_text("insert into things values (5); select no_such_column")
    with pytest.raises(BadMigrations, match=r"library/0003_bad\.sql failed and was undone.*column"):
        migrate(url, folder)
    assert things(url) == [1]
    (folder / "0003_bad.sql").write_text("insert into things values (5)")
    assert migrate(url, folder) == ["library/0003_bad.sql"]


def test_a_newer_schema_than_the_code_knows_is_fine(
    owned_database: NewDatabase, folder: Path
) -> None:
    url = owned_database()
    migrate(url, folder)
    (folder / "0002_first.sql").unlink()
    assert migrate(url, folder) == []


@pytest.mark.parametrize("name", ["3_short.sql", "0003-dash.sql", "0003_Upper.sql"])
def test_a_misnamed_file_is_refused(name: str, folder: Path) -> None:
    (folder / name).touch()
    with pytest.raises(BadMigrations, match="is not named like"):
        migrate("postgresql:///never", folder)


def test_two_files_of_one_number_are_refused(folder: Path) -> None:
    (folder / "0002_again.sql").touch()
    with pytest.raises(BadMigrations, match="2 migrations numbered 0002"):
        migrate("postgresql:///never", folder)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMigrations, match="there is no folder"):
        migrate("postgresql:///never", tmp_path / "nothing")
