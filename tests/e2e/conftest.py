"""The two ways Commontime runs here, each started once: one process, and eight behind nginx.

`COMMONTIME_URL` (with `COMMONTIME_ADMIN_TOKEN`) names an instance to use in place of both. Only
those tests run then that ask nothing but the API, and need no instance to reach this machine.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from commontime_driver import Commontime
from partner import Partner, serve_partner
from separate_processes import SeparateProcesses
from settings_under_test import DEVELOPMENT
from standalone.testing import Instance

HERE = Path(__file__).parent
NAMED = "COMMONTIME_URL"
WAYS = ["by URL"] if NAMED in os.environ else ["one process", "separate processes"]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    # Not pytest's own temporary folder: it keeps the last three runs, and these are large.
    made = Path(tempfile.mkdtemp(prefix="commontime-e2e-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def notified() -> Iterator[Partner]:
    """The partner of the setting NOTIFY_URL."""
    with serve_partner() as served:
        yield served


@pytest.fixture
def partner() -> Iterator[Partner]:
    """Another partner, of one test."""
    with serve_partner() as served:
        yield served


@pytest.fixture(scope="session")
def one_process(folder: Path, notified: Partner) -> Iterator[tuple[str, str]]:
    """URL and admin token of `commontime up`."""
    if url := os.environ.get(NAMED):
        yield url, os.environ.get("COMMONTIME_ADMIN_TOKEN", "")
        return
    (folder / "one").mkdir()
    instance = Instance(folder / "one")
    try:
        instance.ups({**DEVELOPMENT, "NOTIFY_URL": notified.url})
        instance.is_up()
        yield f"http://127.0.0.1:{instance.port}", instance.home.secret("admin-token")
        instance.signals(signal.SIGINT)
        assert instance.ends() == 0
    finally:
        instance.clean_up()


@pytest.fixture(scope="session")
def home(folder: Path, one_process: tuple[str, str]) -> Path:
    """Of the instance in one process: its secrets, and where its servers are."""
    started = folder / "one" / "home"
    return started if started.exists() else _named_home()


def _named_home() -> Path:
    return Path(os.environ.get("COMMONTIME_HOME", HERE.parents[1] / ".commontime")).absolute()


@pytest.fixture(scope="session")
def separate(folder: Path, notified: Partner) -> Iterator[SeparateProcesses]:
    """Every service twice, as separate processes behind nginx."""
    (folder / "separate").mkdir()
    settings = {**DEVELOPMENT, "NOTIFY_URL": notified.url}
    deployment = SeparateProcesses(folder / "separate", settings=settings)
    try:
        deployment.start()
        yield deployment
    finally:
        deployment.stop()


@pytest.fixture(params=WAYS)
async def commontime(request: pytest.FixtureRequest) -> AsyncGenerator[Commontime]:
    """Commontime, run either way: who drives it cannot tell."""
    if request.param != "separate processes":
        url, admin_token = request.getfixturevalue("one_process")
    else:
        deployment: SeparateProcesses = request.getfixturevalue("separate")
        url, admin_token = deployment.url, deployment.admin_token
    async with Commontime(url, admin_token) as driver:
        yield driver


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """All of this folder needs servers, also where a test only asks for them by name."""
    here = [item for item in items if item.path.is_relative_to(HERE)]
    for item in here:
        item.add_marker("infrastructure")
    if NAMED in os.environ:
        left_out = [item for item in here if not _asks_the_api_alone(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _asks_the_api_alone(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or "commontime" not in item.fixturenames:
        return False
    # A test may name the one way it is about.
    way = item.callspec.params.get("commontime", WAYS[0]) if hasattr(item, "callspec") else ""
    beside = {"separate", "one_process", "home", "folder", "notified", "partner"}
    return way in WAYS and not beside & set(item.fixturenames)
