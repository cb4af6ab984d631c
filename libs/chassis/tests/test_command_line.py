"""`python -m <service> …`, run as people and containers run it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

NewDatabase = Callable[[], str]
PROGRAM = """
import os
from chassis.serve import main
from chassis.settings import ServiceSettings
from pathlib import Path
import slow_service

async def rebuild(settings, words):
    print("rebuilt", *words)

main("slow-service", ServiceSettings, slow_service.create_app, [Path(os.environ["FOLDER"])],
     commands={"rebuild": rebuild})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "slow_service" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_things.sql").write_text("create table things (n int)")
    return folder


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env={
            "PYTHONPATH": str(Path(__file__).parent),
            "FOLDER": str(folder),
            "KAFKA_BOOTSTRAP_SERVERS": "localhost:1",
            "COMMONTIME_SERVICE_TOKEN": "service-token-of-the-tests",
            "COMMONTIME_PUBLIC_URL": "http://localhost",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_migrate_brings_the_database_up_to_date(
    folder: Path, new_database: NewDatabase, as_owner: Callable[[str], str]
) -> None:
    url = as_owner(new_database())
    first = run(folder, "migrate", DATABASE_URL=url)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stderr)["applied"] == ["slow_service/0001_things.sql"]
    assert json.loads(run(folder, "migrate", DATABASE_URL=url).stderr)["applied"] == []


def test_migrate_uses_the_url_that_is_for_it(
    folder: Path, new_database: NewDatabase, as_owner: Callable[[str], str]
) -> None:
    url = new_database()
    urls = {"DATABASE_URL": url, "MIGRATION_DATABASE_URL": as_owner(url)}
    migrated = run(folder, "migrate", **urls)
    assert migrated.returncode == 0, migrated.stderr
    assert json.loads(migrated.stderr)["applied"] == ["slow_service/0001_things.sql"]


def test_migrate_as_who_may_make_no_tables_says_so(folder: Path, new_database: NewDatabase) -> None:
    refused = run(folder, "migrate", DATABASE_URL=new_database())
    assert refused.returncode == 1
    assert refused.stderr == (
        "Migrations: permission denied for schema public: to apply migrations the login must be "
        "a member of the database's owner\n"
    )


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["serve"], {}, "Wrong settings: DATABASE_URL: field required."),
        (["migrate"], {"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "Migrations: "),
        (["dance"], {}, "usage: python -m slow_service"),
    ],
)
def test_what_cannot_begin_says_why_without_a_traceback(
    folder: Path, words: list[str], environment: dict[str, str], said: str
) -> None:
    finished = run(folder, *words, **environment)
    assert finished.returncode != 0
    assert finished.stderr.startswith(said)
    assert "Traceback" not in finished.stderr


def test_the_description_is_printed_without_any_settings(folder: Path) -> None:
    finished = run(folder, "openapi")
    assert "/slow" in json.loads(finished.stdout)["paths"]


def test_a_service_adds_commands_of_its_own(folder: Path) -> None:
    finished = run(folder, "rebuild", "one", "two", DATABASE_URL="postgresql://none")
    assert finished.stdout == "rebuilt one two\n"
