"""What operators do, on real processes: every service twice, behind nginx."""

import shutil
import tempfile
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from commontime_driver import Commontime
from separate_processes import SeparateProcesses
from settings_under_test import DEVELOPMENT


@pytest.fixture(scope="session")
def operations_folder() -> Iterator[Path]:
    # Not pytest's own temporary folder: it keeps the last three runs, and these are large.
    made = Path(tempfile.mkdtemp(prefix="commontime-operations-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def deployment(operations_folder: Path) -> Iterator[SeparateProcesses]:
    """One for all tests that leave it running as they found it."""
    own = operations_folder / "shared"
    own.mkdir()
    running = SeparateProcesses(own, settings=DEVELOPMENT)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
async def driver(deployment: SeparateProcesses) -> AsyncGenerator[Commontime]:
    async with Commontime(deployment.url, deployment.admin_token) as driver:
        yield driver
