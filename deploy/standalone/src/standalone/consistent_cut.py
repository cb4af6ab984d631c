"""One instant of all four databases, while everything runs.

Each service has a database of its own, so no snapshot spans them. For some milliseconds nobody can
store a fact anywhere, and in this moment each database gives a snapshot. What a consumer has taken
in is then never ahead of what its owner has stored. States of things are no facts and go on being
told meanwhile: whoever takes states in is looked at before whoever tells them.
"""

import random
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import psycopg
from psycopg import IsolationLevel
from psycopg.errors import LockNotAvailable
from psycopg.rows import TupleRow

from chassis.connections import Patience, connection_arguments
from chassis.named_sql import load
from standalone.failures import Failure
from standalone.pg_programs import url_of
from standalone.services import SERVICES, Service

Connection: TypeAlias = psycopg.Connection[TupleRow]

# poll-api takes in recommender's states, and recommender those of availability.
_ORDER = ("poll-api", "event-lifecycle", "recommender", "availability")
_HOLD_MS = 150
_PATIENCE_S = 60.0
_SQL = load("standalone", "backup.sql")
_NO_HURRY = Patience(
    statement_timeout=0, lock_timeout=_HOLD_MS, idle_in_transaction_session_timeout=0
)


@dataclass(frozen=True)
class Snapshot:
    """One database as of the cut. `connection` sees it, and keeps it for other programs."""

    service: Service
    url: str
    connection: Connection
    name: str
    at: datetime


@dataclass(frozen=True)
class Cut:
    """Of all databases; nobody could store a fact for `held_s` seconds."""

    snapshots: Mapping[str, Snapshot]
    held_s: float

    @property
    def at(self) -> datetime:
        return max(snapshot.at for snapshot in self.snapshots.values())


@contextmanager
def consistent_cut(server: str) -> Generator[Cut]:
    """Keep the snapshots until the end. Raises `Failure` where a database is missing or busy."""
    with ExitStack() as opened:
        readers = {s.name: opened.enter_context(_connect(server, s)) for s in SERVICES}
        for reader in readers.values():
            reader.isolation_level = IsolationLevel.REPEATABLE_READ
            reader.read_only = True
        with ExitStack() as holding:
            holders = [holding.enter_context(_connect(server, s)) for s in SERVICES]
            since = _hold_writers(holders)
            snapshots = {name: _look(server, name, readers[name]) for name in _ORDER}
            for holder in holders:
                holder.rollback()
            held = time.monotonic() - since
        yield Cut(snapshots, held)


def _connect(server: str, service: Service) -> Connection:
    url = url_of(server, service.database)
    try:
        return psycopg.connect(url, **connection_arguments("backup", _NO_HURRY))  # pyright: ignore[reportArgumentType]  # libpq's own parameters
    except psycopg.OperationalError as problem:
        said = str(problem).strip().splitlines()[-1]
        raise Failure(f"The database {service.database} cannot be reached: {said}") from None


def _hold_writers(holders: list[Connection]) -> float:
    """Hold all of them at once; nobody is kept waiting long by a try that fails."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        since = time.monotonic()
        try:
            for holder in holders:
                holder.execute(_SQL["hold_writers"])
        except LockNotAvailable:
            for holder in holders:
                holder.rollback()
            if time.monotonic() > deadline:
                raise Failure(
                    "Something holds the databases, like a rebuild: try again after it."
                ) from None
            time.sleep(random.uniform(0.05, 0.2))  # noqa: S311 - spreads tries, keeps no secret
        else:
            return since


def _look(server: str, name: str, reader: Connection) -> Snapshot:
    (service,) = (service for service in SERVICES if service.name == name)
    row = reader.execute(_SQL["export_snapshot"]).fetchone()
    assert row is not None
    return Snapshot(service, url_of(server, service.database), reader, *row)
