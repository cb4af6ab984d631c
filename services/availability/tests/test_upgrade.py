"""What an older version stored goes on working, and is forgotten as far as it had promised."""

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from availability.migrations import FOLDERS
from chassis.migrations import migrate

_OWN = FOLDERS[-1]


@pytest.fixture
def older(tmp_path: Path, template_database: Callable[..., str]) -> str:
    """A template of a database as the first version left it."""
    folder = tmp_path / "availability" / "migrations"
    folder.mkdir(parents=True)
    shutil.copy(_OWN / "0001_participants.sql", folder)
    return template_database("availability_first", *FOLDERS[:-1], folder)


def test_an_older_database_is_brought_up_to_date_and_forgets_who_had_left(
    older: str, module_database: Callable[[str], str], as_owner: Callable[[str], str]
) -> None:
    database = module_database(older)
    with psycopg.connect(database) as conn:
        for person, types in (
            ("left", ("submitted", "revised", "erased")),
            ("stays", ("submitted",)),
        ):
            for version, kind in enumerate(types, 1):
                _store(conn, person, version, kind)
        conn.execute(
            "insert into participants (participant_id, poll_id, edit_hash, joined_at, version,"
            " schedule, schedule_version) select uuidv7(), uuidv7(), 'x', now(), 1, s, 1"
            " from unnest(array['[]', null]::json[]) as s"
        )
    assert migrate(as_owner(database), *FOLDERS) == ["availability/0002_erased_polls.sql"]
    with psycopg.connect(database) as conn:
        facts = conn.execute(
            "select stream, data::text from events order by stream, version"
        ).fetchall()
        answered = conn.execute("select answered from participants order by answered").fetchall()
    assert facts == [
        ("left", '{"intervals": []}'),
        ("left", '{"groups": []}'),
        ("left", "{}"),
        ("stays", '{"intervals":[{"start":1}]}'),
    ]
    assert answered == [(False,), (True,)]


def _store(conn: psycopg.Connection, person: str, version: int, kind: str) -> None:
    said = {"submitted": '{"intervals":[{"start":1}]}', "revised": '{"groups":["a"]}'}
    about = "schedule" if kind == "submitted" else "participant"
    conn.execute(
        "insert into events (stream, version, key, sequence, id, type, schema, data, metadata,"
        " recorded_at) values (%(stream)s, %(version)s, %(stream)s, %(version)s, uuidv7(),"
        " %(type)s, 1, %(data)s, '{}', now())",
        {
            "stream": person,
            "version": version,
            "type": f"commontime.{about}.{kind}.v1",
            "data": said.get(kind, "{}"),
        },
    )
