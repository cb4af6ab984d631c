"""`commontime restore`: all data as a backup has it, without what was erased since."""

import shutil
import sys
from argparse import Namespace
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from chassis.named_sql import load
from contracts.erasure_ledger import Erasure
from standalone.aside import Aside, refuse_connected, refuse_newer
from standalone.backup_manifest import LEDGER, Manifest, print_of, read
from standalone.databases import prepare, wait_for_server
from standalone.environment import database_url, encryption_key
from standalone.erasures import erasures_on, read_ledgers
from standalone.failures import Failure
from standalone.home import Home
from standalone.kafka_emptying import empty_kafka
from standalone.pg_programs import url_of
from standalone.progress import MEGABYTE, Progress
from standalone.quiet_services import QuietServices
from standalone.server import own_server
from standalone.services import SERVICES
from standalone.settings import Settings
from standalone.signals import Stop, stop_on_signals
from standalone.terminal import say

_SQL = load("standalone", "backup.sql")
_ROOM = 1.2


@dataclass(frozen=True)
class _Restore:
    home: Home
    settings: Settings
    folder: Path
    manifest: Manifest
    ledgers: list[Path]
    progress: Progress


def run(settings: Settings, options: Namespace) -> int:
    """Check, ask, restore; whatever fails leaves the data as it was."""
    home, progress = Home(settings.home), Progress()
    home.create()
    folder = options.folder.absolute()
    with home.lock():
        progress.say("Checking the backup.")
        manifest = read(folder, (service.name for service in SERVICES))
        refuse_newer(manifest)
        _refuse_other_key(home, manifest, options)
        _refuse_little_room(home, settings, manifest)
        ledgers = [*options.erasures, *_beside(folder)]
        read_ledgers(ledgers)
        if not _is_wanted(home, manifest, options):
            return 1
        work = _Restore(home, settings, folder, manifest, ledgers, progress)
        try:
            with stop_on_signals(), _server(home, settings) as server:
                _restore(work, server)
        except Stop:
            say("Stopped: the data is as it was, or all of it is restored, and nothing between.")
            return 130
    return 0


def _beside(folder: Path) -> list[Path]:
    """The ledgers of this backup and of those kept beside it."""
    return sorted(folder.parent.glob(f"*/{LEDGER}"))


def _refuse_other_key(home: Home, manifest: Manifest, options: Namespace) -> None:
    if options.other_key or manifest.key_print in {None, print_of(encryption_key(home))}:
        return
    raise Failure(
        "The backup's secrets are sealed with another encryption key: put that key into "
        f"{home.folder}/secrets/encryption-key, or give webhooks' secrets up with --other-key."
    )


def _refuse_little_room(home: Home, settings: Settings, manifest: Manifest) -> None:
    needed = int(_ROOM * sum(saved.disk_bytes for saved in manifest.databases.values()))
    free = shutil.disk_usage(home.folder).free
    if not settings.database_url and free < needed:
        raise Failure(
            f"The disk of {home.folder} has no room to restore beside what is there: "
            f"{free // MEGABYTE} MB are free, {needed // MEGABYTE} MB are needed."
        )


def _is_wanted(home: Home, manifest: Manifest, options: Namespace) -> bool:
    facts = sum(saved.facts for saved in manifest.databases.values())
    what = f"all data of {home.folder} by {facts} facts as of {manifest.at:%Y-%m-%d %H:%M:%S} UTC"
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise Failure(f"This replaces {what}: say `--yes`.")
    if input(f"Replace {what}? [y/N] ").strip().lower() == "y":
        return True
    say("Nothing was changed.")
    return False


@contextmanager
def _server(home: Home, settings: Settings) -> Generator[str]:
    """The PostgreSQL server, on which each service has its role and its database."""
    if settings.database_url:
        server = settings.database_url.get_secret_value()
        wait_for_server(server)
        refuse_connected(server)
        yield server
    else:
        with own_server(home) as server:
            yield server


def _restore(work: _Restore, server: str) -> None:
    for service in SERVICES:
        if not _exists(server, service.database):
            prepare(server, service, database_url(work.home, server, service))
    aside = Aside(server)
    try:
        work.progress.say("Restoring the databases beside those that are there.")
        aside.fill(work.folder, work.manifest, work.progress)
        lost = _lost(work, server, aside)
        again = _to_erase_again(work, server)
        _erase_again(work, server, aside, again)
        emptied = empty_kafka(work.home, work.settings)
        aside.take_their_place()
    finally:
        aside.drop()
    _report(work, lost, again, emptied)


def _exists(server: str, database: str) -> bool:
    with psycopg.connect(server) as connection:
        return connection.execute(_SQL["owner"], (database,)).fetchone() is not None


def _lost(work: _Restore, server: str, aside: Aside) -> Mapping[str, tuple[int, int]]:
    """By service how many facts are newer than the backup, and of how many keys."""
    lost: dict[str, tuple[int, int]] = {}
    for service in SERVICES:
        after = _heads(aside.url(service))
        try:
            before = _heads(url_of(server, service.database))
        except psycopg.Error as problem:
            work.progress.say(f"{service.database} cannot be read, and is replaced: {problem}.")
            continue
        newer = [n - after.get(key, 0) for key, n in before.items() if n > after.get(key, 0)]
        lost[service.name] = (sum(newer), len(newer))
    return lost


def _heads(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute(_SQL["heads"]).fetchall())


def _to_erase_again(work: _Restore, server: str) -> list[Erasure]:
    """What was erased, as the databases in use and the ledgers know, and the backup does not."""
    done = {(each.kind, each.id) for each in read_ledgers([work.folder])}
    known = read_ledgers(work.ledgers)
    try:
        known += erasures_on(server)
    except psycopg.Error:
        work.progress.say("What was erased since is known from the lists alone.")
    again = {(each.kind, each.id): each for each in known}
    return [each for what, each in again.items() if what not in done]


def _erase_again(work: _Restore, server: str, aside: Aside, again: list[Erasure]) -> None:
    work.progress.say(f"Erasing again what was erased since: {len(again)}.")
    names = {service.name: aside.name(service) for service in SERVICES}
    ledger = work.home.folder / "restore.erasures"
    try:
        QuietServices(work.home, work.settings, server, names).erase(again, ledger)
    finally:
        ledger.unlink(missing_ok=True)


def _report(
    work: _Restore, lost: Mapping[str, tuple[int, int]], again: list[Erasure], emptied: str
) -> None:
    work.progress.say(f"Everything is as of {work.manifest.at:%Y-%m-%d %H:%M:%S} UTC.")
    for name, (facts, keys) in lost.items():
        if facts:
            say(f"  {name:16} {facts} newer facts of {keys} keys are gone")
    say(
        f"  {emptied}: the services send everything again once they run.\n"
        "  Everybody has to sign in again; links, passwords and tokens are those of then.\n"
        "Start it with `commontime up`."
    )
