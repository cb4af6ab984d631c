"""A backup is one instant of all databases, also while everybody writes."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from commontime_driver import JSON, Commontime, Person, Poll, free
from on_disk import DATABASES, url_of
from settings_under_test import DEVELOPMENT
from standalone.postgres import programs
from standalone.testing import Instance

BACKUPS = 3
OWNERS = {"polls": "poll_api", "schedules": "availability"}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("load"))
    instance.ups(DEVELOPMENT)
    instance.is_up()
    yield instance
    instance.clean_up()


async def test_no_consumer_is_saved_ahead_of_the_owner_of_what_it_took_in(
    instance: Instance, tmp_path: Path
) -> None:
    url, token = f"http://127.0.0.1:{instance.port}", instance.home.secret("admin-token")
    server = instance.running.database
    async with Commontime(url, token) as commontime:
        polls = [await commontime.opens_a_poll() for _ in range(4)]
        people = [await commontime.joins(poll) for poll in polls]
        writing = [
            *(asyncio.create_task(keeps_revising(commontime, poll)) for poll in polls),
            *(asyncio.create_task(keeps_answering(commontime, person)) for person in people),
        ]
        for number in range(BACKUPS):
            folder = tmp_path / str(number)
            saved = await asyncio.to_thread(instance.says, "backup", str(folder))
            assert saved.returncode == 0, saved.stderr
            assert held(saved.stdout) < 1
            restore_elsewhere(server, folder)
            assert ahead(server) == []
            assert states_ahead(server) == []
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
    assert set(commontime.statuses) <= {200, 503}, "never 500"
    assert commontime.statuses[503] < commontime.statuses[200] / 10
    assert seen_in_all(server) > 20


async def keeps_revising(commontime: Commontime, poll: Poll) -> None:
    for number in count():
        body = {"title": f"Plan {number}"}
        await asks(commontime, "PATCH", poll.path, body, poll.organiser)


async def keeps_answering(commontime: Commontime, person: Person) -> None:
    for number in count():
        answer = {"intervals": [free(number % 8, number % 8 + 1)]}
        await asks(commontime, "PUT", f"{person.path}/schedule", answer, person.edit)
        await asks(commontime, "PATCH", person.path, {"name": f"Ann {number}"}, person.edit)


async def asks(commontime: Commontime, method: str, path: str, body: JSON, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
    if method == "PUT":
        del headers["If-Match"]
    answer = await commontime.client.request(method, path, json=body, headers=headers)
    commontime.statuses[answer.status_code] += 1


def held(said: str) -> float:
    """The seconds in which nobody could store a fact."""
    found = re.search(r"writers waited ([\d.]+) s", said)
    assert found
    return float(found[1])


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


def seen_in_all(server: str) -> int:
    with psycopg.connect(url_of(server, "saved_recommender")) as connection:
        return connection.execute("select sum(sequence)::int from seen").fetchall()[0][0]
