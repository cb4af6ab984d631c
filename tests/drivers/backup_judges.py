"""Judges a backup by what it holds: its databases are made again, and compared with each other."""

import subprocess
from pathlib import Path

import psycopg

from on_disk import DATABASES, url_of
from standalone.postgres import programs

OWNERS = {"polls": "poll_api", "schedules": "availability"}


def restore_elsewhere(server: str, folder: Path) -> None:
    """Databases `saved_…` on the same server, by PostgreSQL's own program."""
    for database in DATABASES:
        with psycopg.connect(server, autocommit=True) as connection:
            name = f"saved_{database}"
            connection.execute(f"drop database if exists {name}".encode())
            connection.execute(f"create database {name}".encode())
        command = [programs() / "bin" / "pg_restore", "--no-owner", "--no-acl", "--exit-on-error"]
        target = url_of(server, f"saved_{database}")
        subprocess.run([*command, "--dbname", target, folder / f"{database}.dump"], check=True)


def ahead(server: str) -> list[tuple[object, ...]]:
    """What a consumer has seen that its owner has not stored."""
    heads: dict[tuple[str, str], int] = {}
    for label, database in OWNERS.items():
        with psycopg.connect(url_of(server, f"saved_{database}")) as connection:
            for key, sequence in connection.execute(
                "select key, max(sequence) from events group by key"
            ):
                heads[label, key] = sequence
    found: list[tuple[object, ...]] = []
    for database in DATABASES:
        with psycopg.connect(url_of(server, f"saved_{database}")) as connection:
            seen = connection.execute("select source, key, sequence from seen").fetchall()
        found += [(database, *row) for row in seen if row[2] > heads.get((row[0], row[1]), 0)]
    return found


def states_ahead(server: str) -> list[str]:
    """Participants of whom recommender has seen a version that availability does not have."""
    with psycopg.connect(url_of(server, "saved_availability")) as connection:
        query = "select participant_id::text, version from profiles"
        versions = dict(connection.execute(query).fetchall())
    with psycopg.connect(url_of(server, "saved_recommender")) as connection:
        seen = connection.execute(
            "select key, version from seen_states where topic = 'commontime.participants'"
        ).fetchall()
    return [key for key, version in seen if version > versions.get(key, 0)]
