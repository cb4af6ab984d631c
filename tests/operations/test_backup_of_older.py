"""What the version published last has stored is saved by this one, and restored at its own schema.

That version has no command for it: who updates saves with the new one what the old one made.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from commontime_driver import Commontime, Poll
from on_disk import DATABASES, asked, facts
from standalone.child import Child
from standalone.environment import database_url
from standalone.home import Home
from standalone.ports import free_port
from standalone.server import own_server
from standalone.services import SERVICES
from standalone.testing import eventually
from versions import PRESENT, Version, published

# Connecting to port 1 of this machine is refused at once: nobody else is needed here.
NOBODY = "127.0.0.1:1"
POLLS = next(service for service in SERVICES if service.name == "poll-api")


@dataclass(frozen=True)
class Story:
    """A poll that the old version stored, and the folder of the backup."""

    home: Home
    backup: Path
    poll: Poll
    seen: dict[str, Any]
    facts: dict[str, Any]


@pytest.fixture
async def story(operations_folder: Path) -> Story:
    folder = operations_folder / "older"
    folder.mkdir()
    # Where git does not have it, the present version stands in for it.
    old = published(folder / "published")
    home = Home(folder / "home")
    home.create()
    with own_server(home) as server:
        urls = {service.name: database_url(home, server, service) for service in SERVICES}
        old.prepares(server, urls)
        async with polls_of(old, home, server) as driver:
            poll = await driver.opens_a_poll(title="From before")
            seen = (await driver.asks("GET", poll.path, None, poll.answer)).json()
        stored = facts(server, POLLS.database)
    said = commontime(home, "backup", str(folder / "backup"))
    assert said.returncode == 0, said.stderr
    return Story(home, folder / "backup", poll, seen, stored)


@asynccontextmanager
async def polls_of(version: Version, home: Home, server: str) -> AsyncGenerator[Commontime]:
    """The service poll-api alone, of a version."""
    port = str(free_port())
    environment = {
        **os.environ,
        **version.environment,
        **{one.url_variable: f"http://{NOBODY}" for one in SERVICES},
        POLLS.database_variable: database_url(home, server, POLLS),
        "KAFKA_BOOTSTRAP_SERVERS": NOBODY,
        "COMMONTIME_PUBLIC_URL": "http://localhost:8000",
        "COMMONTIME_SERVICE_TOKEN": "between-services",
        "COMMONTIME_SIGNING_KEY": "a-secret-that-signs-only-in-tests",
    }
    words = [sys.executable, "-m", POLLS.package, "serve", "--port", port]
    url = f"http://127.0.0.1:{port}"
    child = Child(POLLS.name, words, log=home.log(POLLS.name), environment=environment)
    try:
        eventually(lambda: is_ready(url), 60)
        async with Commontime(url) as driver:
            yield driver
    finally:
        child.stop()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def commontime(home: Home, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "standalone.cli", *words],
        env={**os.environ, "COMMONTIME_HOME": str(home.folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def migrations(server: str) -> dict[str, set[str]]:
    query = "select component || '/' || name from schema_migrations"
    return {name: {row for (row,) in asked(server, name, query)} for name in DATABASES}


def all_there_are() -> dict[str, set[str]]:
    """By database, as the files of this version say."""
    return {
        service.database: {
            f"{folder.parent.name}/{file.name}"
            for folder in service.migration_folders()
            for file in folder.glob("*.sql")
        }
        for service in SERVICES
    }


async def test_on_a_new_disk_it_is_brought_to_the_present_schema_and_goes_on(
    story: Story, operations_folder: Path
) -> None:
    home = Home(operations_folder / "newer")
    home.create()
    shutil.copytree(story.home.folder / "secrets", home.folder / "secrets", dirs_exist_ok=True)
    said = commontime(home, "restore", str(story.backup), "--yes")
    assert said.returncode == 0, said.stderr
    with own_server(home) as server:
        assert migrations(server) == all_there_are()
        assert facts(server, POLLS.database) == story.facts
        async with polls_of(PRESENT, home, server) as driver:
            answer = await driver.asks("GET", story.poll.path, None, story.poll.answer)
            assert answer.json()["title"] == story.seen["title"] == "From before"
            await driver.opens_a_poll()
