"""A backup is one instant of all databases, also while everybody writes."""

import asyncio
import os
import re
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from backup_judges import ahead, restore_elsewhere, states_ahead

from commontime_driver import JSON, Commontime, Person, Poll, eventually, free
from on_disk import DATABASES, asked, url_of
from settings_under_test import DEVELOPMENT
from standalone.testing import Instance

BACKUPS = 3
ANY = {"If-Match": "*"}


def driver_of(instance: Instance) -> Commontime:
    return Commontime(f"http://127.0.0.1:{instance.port}", instance.home.secret("admin-token"))


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
    server = instance.running.database
    async with driver_of(instance) as commontime:
        polls = [await commontime.opens_a_poll() for _ in range(4)]
        people = [await commontime.joins(poll) for poll in polls]
        writing = [
            *(asyncio.create_task(keeps_revising(commontime, poll)) for poll in polls),
            *(asyncio.create_task(keeps_answering(commontime, person)) for person in people),
        ]
        for number in range(BACKUPS):
            folder = tmp_path / str(number)
            said = await asyncio.to_thread(save, instance, folder)
            assert held(said) < 1
            restore_elsewhere(server, folder)
            assert ahead(server) == []
            assert states_ahead(server) == []
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
    assert set(commontime.statuses) <= {200, 503}, "never 500"
    assert commontime.statuses[503] < commontime.statuses[200] / 10
    assert seen_in_all(server) > 20


async def test_nothing_is_looked_at_before_nobody_can_store_a_fact_anywhere(
    instance: Instance, tmp_path: Path
) -> None:
    server = instance.running.database
    async with driver_of(instance) as commontime:
        with storing_a_fact(server):
            saving = asyncio.create_task(asyncio.to_thread(save, instance, tmp_path / "saved"))
            await waits(server, saving)
            poll = await commontime.opens_a_poll()
            await commontime.joins(poll)  # so availability has taken it in
            assert not saving.done()
        await saving
    restore_elsewhere(server, tmp_path / "saved")
    assert ahead(server) == []
    known = "select count(*) from seen where source = 'polls' and key = %s"
    assert asked(server, "saved_availability", known, poll.id) == [(1,)]


async def test_who_takes_states_in_is_looked_at_before_who_tells_them(
    instance: Instance, tmp_path: Path
) -> None:
    server = instance.running.database
    async with driver_of(instance) as commontime:
        person = await commontime.joins(await commontime.opens_a_poll())
        await has_taken_in(server, person, 1)
        with storing_a_fact(server) as stored:
            saving = asyncio.create_task(asyncio.to_thread(save, instance, tmp_path / "saved"))
            await waits(server, saving)
            with unable_to_look_at(server, "recommender"):
                stored()
                await holds_everything(server)
                await commontime.asks("PATCH", person.path, {"name": "Anna"}, person.edit, ANY)
                await has_taken_in(server, person, 2)
        await saving
    restore_elsewhere(server, tmp_path / "saved")
    assert states_ahead(server) == []


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
    headers = {"Authorization": f"Bearer {token}", **({} if method == "PUT" else ANY)}
    answer = await commontime.client.request(method, path, json=body, headers=headers)
    commontime.statuses[answer.status_code] += 1


@contextmanager
def storing_a_fact(server: str) -> Generator[Callable[[], None]]:
    """Somebody is at it in availability, until what is given is called or at the end."""
    with psycopg.connect(url_of(server, "availability")) as writer:
        writer.execute("lock table keys in row exclusive mode")
        yield writer.rollback


async def waits(server: str, saving: asyncio.Task[str]) -> None:
    """The backup waits for whoever stores a fact."""
    query = (
        "select 1 from pg_stat_activity"
        " where application_name = 'backup' and wait_event_type = 'Lock'"
    )

    async def waiting() -> bool:
        assert not saving.done(), "it waits for nobody"
        return asked(server, "availability", query) != []

    await eventually(waiting, bool)


@contextmanager
def unable_to_look_at(server: str, database: str) -> Generator[None]:
    """The process that gives the backup its snapshot stands still: its first one there."""
    query = (
        "select pid from pg_stat_activity where application_name = 'backup'"
        " and datname = current_database() order by backend_start limit 1"
    )
    [(pid,)] = asked(server, database, query)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def holds_everything(server: str) -> None:
    query = (
        "select from pg_locks join pg_stat_activity using (pid)"
        " where application_name = 'backup' and mode = 'ShareLock' and granted"
    )

    async def held_in() -> int:
        return len(asked(server, "availability", query))

    await eventually(held_in, lambda count: count == len(DATABASES))


async def has_taken_in(server: str, person: Person, version: int) -> None:
    """The recommender has, of what availability tells."""
    query = "select version from seen_states where topic = 'commontime.participants' and key = %s"

    async def seen() -> list[Any]:
        return asked(server, "recommender", query, person.id)

    await eventually(seen, lambda rows: rows == [(version,)])


def save(instance: Instance, folder: Path) -> str:
    saved = instance.says("backup", str(folder))
    assert saved.returncode == 0, saved.stderr
    return saved.stdout


def held(said: str) -> float:
    """The seconds in which nobody could store a fact."""
    found = re.search(r"writers waited ([\d.]+) s", said)
    assert found
    return float(found[1])


def seen_in_all(server: str) -> int:
    with psycopg.connect(url_of(server, "saved_recommender")) as connection:
        return connection.execute("select sum(sequence)::int from seen").fetchall()[0][0]
