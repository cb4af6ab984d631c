"""`commontime backup`: all four databases as of one instant, into a folder, while all runs."""

import os
import shutil
from argparse import Namespace
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chassis.named_sql import load
from contracts.erasure_ledger import write_ledger
from standalone import backup_metrics
from standalone.aside import rows_of
from standalone.backup_manifest import (
    FORMAT,
    LEDGER,
    Applied,
    File,
    Manifest,
    Saved,
    print_of,
    product_version,
)
from standalone.consistent_cut import Cut, Snapshot, consistent_cut
from standalone.environment import encryption_key
from standalone.erasures import erasures_in
from standalone.failures import Failure
from standalone.home import Home
from standalone.pg_programs import PgProgram
from standalone.progress import MEGABYTE, Progress
from standalone.server import reachable_server
from standalone.settings import Settings
from standalone.signals import Stop, stop_on_signals
from standalone.terminal import say
from standalone.waiting import wait_for_all

_SQL = load("standalone", "backup.sql")


def run(settings: Settings, options: Namespace) -> int:
    """Save everything, and say what that was."""
    home, progress = Home(settings.home), Progress()
    target = options.folder or home.folder / "backups" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    target = Path(target).absolute()
    if target.exists():
        raise Failure(f"{target} exists already: name a new folder.")
    if options.metrics:
        backup_metrics.check(options.metrics)
    try:
        with stop_on_signals(), reachable_server(settings) as server:
            manifest = save(server, target, progress, encryption_key(home))
    except Stop:
        say("Stopped; nothing was saved.")
        return 130
    _report(manifest, target, progress)
    if options.metrics:
        backup_metrics.tell(options.metrics, manifest.at)
    return 0


def save(server: str, target: Path, progress: Progress, key: str | None) -> Manifest:
    """Make the backup; either all of it is at `target` in the end, or nothing."""
    with consistent_cut(server) as cut, _unfinished(target) as folder:
        progress.say(f"Saving all as of {cut.at:%H:%M:%S} UTC; writers waited {cut.held_s:.3f} s.")
        (folder / LEDGER).write_text(_ledger(cut))
        dumps = _dump(cut, folder, progress)
        manifest = Manifest(
            format=FORMAT,
            version=product_version(),
            at=cut.at,
            key_print=print_of(key),
            erasures=File.of(folder / LEDGER),
            databases={
                snapshot.service.name: _saved(snapshot, dumps[snapshot.service.name])
                for snapshot in cut.snapshots.values()
            },
        )
        manifest.write(folder)
    return manifest


@contextmanager
def _unfinished(target: Path) -> Generator[Path]:
    """A folder under another name, which becomes `target` once all is in it and on the disk."""
    partial = target.with_name(f"{target.name}.partial")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(mode=0o700)
        yield partial
        for file in partial.iterdir():
            file.chmod(0o600)
            _to_disk(file)
        _to_disk(partial)
        partial.rename(target)
        _to_disk(target.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _dump(cut: Cut, folder: Path, progress: Progress) -> Mapping[str, Path]:
    """Have pg_dump write all databases at once."""
    files = {name: folder / f"{s.service.database}.dump" for name, s in cut.snapshots.items()}
    with ExitStack() as running:
        programs = {
            name: running.enter_context(_pg_dump(snapshot, files[name]))
            for name, snapshot in cut.snapshots.items()
        }
        wait_for_all(programs, lambda left: progress.say(_how_far(files.values(), left)))
    return files


def _how_far(files: Iterable[Path], left: Sequence[str]) -> str:
    written = sum(file.stat().st_size for file in files if file.exists())
    return f"{written // MEGABYTE} MB are written; left: {', '.join(left)}."


def _pg_dump(snapshot: Snapshot, file: Path) -> PgProgram:
    # The first level of compression: the next ones take twice the time for a tenth of the size.
    options = ("--format=custom", "--compress=gzip:1", f"--snapshot={snapshot.name}")
    return PgProgram("pg_dump", snapshot.url, *options, f"--file={file}")


def _saved(snapshot: Snapshot, dump: Path) -> Saved:
    connection = snapshot.connection
    facts, keys, position, size = connection.execute(_SQL["facts"]).fetchall()[0]
    applied = connection.execute(_SQL["migrations"]).fetchall()
    return Saved(
        dump=File.of(dump),
        disk_bytes=size,
        facts=facts,
        keys=keys,
        position=position,
        rows=rows_of(connection),
        migrations=tuple(Applied(component=c, name=n, checksum=s) for c, n, s in applied),
    )


def _ledger(cut: Cut) -> str:
    polls, participants = cut.snapshots["poll-api"], cut.snapshots["availability"]
    return write_ledger(erasures_in(polls.connection, participants.connection))


def _report(manifest: Manifest, target: Path, progress: Progress) -> None:
    progress.say(f"Saved in {target}: {manifest.bytes / MEGABYTE:.1f} MB.")
    for name, saved in manifest.databases.items():
        say(f"  {name:16} {saved.facts:>10} facts of {saved.keys} keys, to {saved.position}")
    say(
        "The keys are not in it. Without the encryption key nobody can open the webhooks' secrets\n"
        "that are: keep a copy of the folder `secrets` somewhere else."
    )
