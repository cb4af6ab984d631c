"""Whoever restores what cannot be restored hears why, in one sentence, and loses nothing."""

import json
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from on_disk import DATABASES, tables
from standalone.backup_manifest import File
from standalone.server import own_server
from standalone.testing import Instance


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance that has run, with a backup, and runs no more."""
    instance = Instance(tmp_path_factory.mktemp("refusals"))
    instance.ups()
    instance.is_up()
    instance.says("demo")
    running = instance.says("restore", str(instance.home.folder), "--yes")
    instance.output.with_name("while-running").write_text(running.stderr)
    saved = instance.says("backup", str(backup_of(instance)), "--metrics", str(told_of(instance)))
    assert saved.returncode == 0, saved.stderr
    instance.signals(signal.SIGINT)
    assert instance.ends() == 0
    yield instance
    instance.clean_up()


def backup_of(instance: Instance) -> Path:
    return instance.output.parent / "backup"


def told_of(instance: Instance) -> Path:
    return instance.output.parent / "commontime.prom"


def changed(copy: Path, change: Callable[[Any], None]) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    change(manifest)
    (copy / "manifest.json").write_text(json.dumps(manifest))


def flip_a_byte(copy: Path) -> None:
    content = bytearray((copy / "poll_api.dump").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "poll_api.dump").write_bytes(content)


def a_newer_schema(manifest: Any) -> None:
    newer = {"component": "poll_api", "name": "9999_later.sql", "checksum": "0"}
    manifest["databases"]["poll-api"]["migrations"].append(newer)


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "There is no backup at"),
    "half a backup": (lambda copy: (copy / "manifest.json").unlink(), "is no complete backup"),
    "no dump": (lambda copy: (copy / "availability.dump").unlink(), "lacks the file availability"),
    "a flipped byte": (flip_a_byte, "poll_api.dump is not as it was saved"),
    "no manifest but words": (
        lambda copy: (copy / "manifest.json").write_text("hello"),
        "is damaged",
    ),
    "another form": (
        lambda copy: changed(copy, lambda manifest: manifest.update(format=2)),
        "was made by a newer Commontime",
    ),
    "a newer schema": (
        lambda copy: changed(copy, a_newer_schema),
        "is of a newer Commontime (0.1.0; it has poll_api/9999_later.sql)",
    ),
    "a database less": (
        lambda copy: changed(copy, lambda manifest: manifest["databases"].pop("recommender")),
        "lacks the database recommender",
    ),
    "no room": (
        lambda copy: changed(copy, lambda m: m["databases"]["poll-api"].update(disk_bytes=10**15)),
        "has no room to restore beside what is there",
    ),
    "another key": (
        lambda copy: changed(copy, lambda manifest: manifest.update(key_print="of another")),
        "are sealed with another encryption key",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_backup_that_is_not_whole_or_not_for_us_is_refused(
    stopped: Instance, tmp_path: Path, what: str
) -> None:
    spoil, words = WRONG[what]
    copy = tmp_path / "copy"
    shutil.copytree(backup_of(stopped), copy)
    spoil(copy)
    refused = stopped.says("restore", str(copy), "--yes")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert words in refused.stderr


def test_what_is_no_list_of_erasures_is_refused(stopped: Instance, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("nobody\n")
    words = ("restore", str(backup_of(stopped)), "--yes", "--erasures")
    for file, complaint in (("list", "is no list of erasures"), ("none", "There is no list")):
        refused = stopped.says(*words, str(tmp_path / file))
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
        assert complaint in refused.stderr


def test_nothing_is_replaced_without_a_yes(stopped: Instance) -> None:
    refused = stopped.says("restore", str(backup_of(stopped)))
    assert refused.returncode == 1
    assert refused.stderr.startswith("This replaces all data of ")
    assert refused.stderr.endswith("say `--yes`.\n")


def test_an_instance_that_runs_is_left_alone(stopped: Instance) -> None:
    said = stopped.output.with_name("while-running").read_text()
    assert said.startswith("Commontime already runs on ")


def test_a_backup_is_for_its_owner_alone_and_holds_no_key(stopped: Instance) -> None:
    backup = backup_of(stopped)
    assert backup.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in backup.iterdir()} == {0o600}
    keys = [file.read_bytes() for file in (stopped.home.folder / "secrets").iterdir()]
    held = b"".join(file.read_bytes() for file in backup.iterdir())
    assert not [key for key in keys if key in held]


def test_a_backup_tells_as_of_when_it_is_to_whoever_reads_the_file(stopped: Instance) -> None:
    manifest = json.loads((backup_of(stopped) / "manifest.json").read_text())
    (family,) = text_string_to_metric_families(told_of(stopped).read_text())
    assert [(one.name, one.labels) for one in family.samples] == [
        ("commontime_backup_last_success_timestamp_seconds", {})
    ]
    assert family.samples[0].value == datetime.fromisoformat(manifest["at"]).timestamp()
    assert told_of(stopped).stat().st_mode & 0o777 == 0o644


def test_what_nobody_could_be_told_of_is_not_begun(stopped: Instance, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "commontime.prom"
    refused = stopped.says("backup", str(tmp_path / "backup"), "--metrics", str(file))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert refused.stderr.startswith("There is no folder")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_not_written_over(stopped: Instance) -> None:
    refused = stopped.says("backup", str(backup_of(stopped)))
    assert refused.returncode == 1
    assert refused.stderr.endswith("exists already: name a new folder.\n")


@pytest.mark.parametrize("size", ["16k", "100k"])
def test_a_full_disk_leaves_no_half_backup(stopped: Instance, tmp_path: Path, size: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", tmp_path], check=True)
    try:
        refused = stopped.says("backup", str(tmp_path / "backup"))
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
        assert refused.stderr.startswith("The disk is full")
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_dump_that_postgres_cannot_read_leaves_the_data_as_it_was(
    stopped: Instance, tmp_path: Path
) -> None:
    """The last database fails, after the others are restored: damage that no checksum shows."""
    copy = tmp_path / "copy"
    shutil.copytree(backup_of(stopped), copy)
    (copy / "event_lifecycle.dump").write_bytes(b"PGDMP and nothing else")
    of_it = File.of(copy / "event_lifecycle.dump").model_dump()
    changed(copy, lambda manifest: manifest["databases"]["event-lifecycle"].update(dump=of_it))
    with own_server(stopped.home) as server:
        before = tables(server)
    refused = stopped.says("restore", str(copy), "--yes")
    assert refused.returncode == 1
    assert refused.stderr.startswith("pg_restore failed (code 1): ")
    with own_server(stopped.home) as server:
        assert tables(server) == before
        with psycopg.connect(server) as connection:
            listed = connection.execute("select datname from pg_database order by 1").fetchall()
    own = {name for (name,) in listed} - {"postgres", "template0", "template1"}
    assert own == set(DATABASES)
