"""Databases restored beside the ones in use, and put in their place all at once.

Until then nothing happens to the ones in use: a restore that fails, however it fails, leaves them
as they are.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.errors import ObjectInUse

from chassis.migrations import BadMigrations, migrate, missing_of, read_folders
from chassis.named_sql import load
from standalone.backup_manifest import Manifest, Saved
from standalone.failures import Failure
from standalone.pg_programs import PgProgram, url_of
from standalone.progress import Progress
from standalone.provisioning import hand_over, owner_of
from standalone.services import SERVICES, Service
from standalone.waiting import wait_for_all

_SQL = load("standalone", "backup.sql")
_JOBS = "2"
# More than an instance gives in its life.
_LEAP = 1_000_000_000


class Aside:
    """`server` is the administrator's URL."""

    def __init__(self, server: str) -> None:
        self._server = server

    def name(self, service: Service) -> str:
        return f"{service.database}_restored"

    def url(self, service: Service) -> str:
        """The administrator's URL of the restored database."""
        return url_of(self._server, self.name(service))

    def fill(self, folder: Path, manifest: Manifest, progress: Progress) -> None:
        """Restore all databases at once, check them against the manifest, and migrate them."""
        owners = {service.name: self._create(service) for service in SERVICES}
        with ExitStack() as running:
            programs = {
                service.name: running.enter_context(
                    self._pg_restore(service, owners, folder, manifest)
                )
                for service in SERVICES
            }
            wait_for_all(programs, lambda left: progress.say(f"Restoring {', '.join(left)}."))
        for service in SERVICES:
            self._check(service, manifest.databases[service.name])
            try:
                migrate(self.url(service), *service.migration_folders())
            except BadMigrations as problem:
                raise Failure(f"{service.database} cannot be migrated: {problem}.") from None
            if owners[service.name] == owner_of(service.database):
                # A backup from before there were roles says nothing of what the service may do.
                with psycopg.connect(self.url(service), autocommit=True) as connection:
                    hand_over(connection, service.database)

    def take_their_place(self) -> None:
        """Rename all in one transaction. Those that were in use stay, as `…_replaced`."""
        self._drop("replaced")
        with psycopg.connect(self._server) as connection:
            for service in SERVICES:
                name = service.database
                try:
                    for old, new in ((name, f"{name}_replaced"), (self.name(service), name)):
                        rename = sql.SQL("alter database {} rename to {}")
                        names = map(sql.Identifier, (old, new))
                        connection.execute(rename.format(*names))
                except ObjectInUse:
                    raise Failure(
                        f"Something is connected to {name}: stop the services first."
                    ) from None

    def drop(self) -> None:
        """Drop what was not put in place, and what was replaced."""
        self._drop("restored")
        self._drop("replaced")

    def _drop(self, which: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            for service in SERVICES:
                name = sql.Identifier(f"{service.database}_{which}")
                statement = sql.SQL("drop database if exists {} with (force)")
                connection.execute(statement.format(name))

    def _create(self, service: Service) -> str:
        """Make an empty database that belongs to whom the one in use belongs, with its rights."""
        with psycopg.connect(self._server, autocommit=True) as connection:
            row = connection.execute(_SQL["owner"], (service.database,)).fetchone()
            assert row is not None
            owner, name = sql.Identifier(row[0]), sql.Identifier(self.name(service))
            drop = sql.SQL("drop database if exists {} with (force)")
            connection.execute(drop.format(name))
            # Of template0: whatever somebody put into template1 is in the dump too.
            create = sql.SQL("create database {} owner {} template template0")
            connection.execute(create.format(name, owner))
            connection.execute(sql.SQL("revoke all on database {} from public").format(name))
            for grantee, right in connection.execute(_SQL["rights"], (service.database,)):
                whom = sql.SQL("public") if grantee is None else sql.Identifier(grantee)
                grant = sql.SQL("grant {} on database {} to {}")
                connection.execute(grant.format(sql.SQL(right), name, whom))
        return row[0]

    def _pg_restore(
        self,
        service: Service,
        owners: Mapping[str, str],
        folder: Path,
        manifest: Manifest,
    ) -> PgProgram:
        return PgProgram(
            "pg_restore",
            self.url(service),
            *("--exit-on-error", f"--jobs={_JOBS}"),
            *("--no-owner", f"--role={owners[service.name]}"),
            file=folder / manifest.databases[service.name].dump.name,
        )

    def _check(self, service: Service, saved: Saved) -> None:
        with psycopg.connect(self.url(service)) as connection:
            counted = rows_of(connection)
            if counted != saved.rows:
                raise Failure(f"The dump of {service.name} does not hold the rows that were saved.")
            connection.execute(_SQL["leap"], (_LEAP,))


def rows_of(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    """Count the rows of every table."""
    counted: dict[str, int] = {}
    for (table,) in connection.execute(_SQL["tables"]).fetchall():
        count = sql.SQL("select count(*) from {}").format(sql.Identifier(str(table)))
        ((rows,),) = connection.execute(count).fetchall()
        counted[str(table)] = int(str(rows))
    return counted


def refuse_newer(manifest: Manifest) -> None:
    """Refuse a backup of a schema that this code does not know. Raises `Failure`."""
    for service in SERVICES:
        applied = manifest.databases[service.name].migrations
        known = read_folders(service.migration_folders())
        try:
            missing_of(known, {(each.component, each.name): each.checksum for each in applied})
        except BadMigrations as problem:
            raise Failure(f"The backup does not fit this Commontime: {problem}.") from None
        names = {(migration.component, migration.name) for migration in known}
        newer = [each for each in applied if (each.component, each.name) not in names]
        if newer:
            raise Failure(
                f"The backup is of a newer Commontime ({manifest.version}; it has "
                f"{newer[0].component}/{newer[0].name}): install that one first."
            )


def refuse_connected(server: str, services: Sequence[Service] = SERVICES) -> None:
    """Refuse where somebody else uses the databases. Raises `Failure`."""
    with psycopg.connect(server) as connection:
        names = [service.database for service in services]
        row = connection.execute(_SQL["others"], (names,)).fetchone()
    if row is not None:
        raise Failure(f"{row[1]} is connected to {row[0]}: stop the services first.")
