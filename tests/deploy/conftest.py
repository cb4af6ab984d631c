"""What is shown to operators, and the tool of Prometheus that judges it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

Promtool: TypeAlias = Callable[..., str | None]


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """`promtool(words…)`: None where it is content, else what it says."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")

    def run(*words: str | Path) -> str | None:
        ran = subprocess.run(
            [found, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return None if ran.returncode == 0 else ran.stdout + ran.stderr

    return run
