"""What is shown to operators, and the tool of Prometheus that judges it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from manifest_names import Secrets
from manifests import FOLDER, kustomize

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


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Secrets]:
    """For each overlay, what the script for Kubernetes writes and kustomize makes of it."""
    folder = tmp_path_factory.mktemp("secrets")
    shutil.copy(FOLDER / "make-secrets.sh", folder)
    made: dict[str, Secrets] = {}
    for mode in ("single-node", "prod"):
        secrets = folder / "secrets" / mode
        secrets.mkdir(parents=True)
        shutil.copy(FOLDER / "secrets" / mode / "kustomization.yaml", secrets)
        subprocess.run([folder / "make-secrets.sh", mode], check=True)
        if mode == "prod":
            # These two come from whoever runs the store of backups.
            for name in ("backups-access-key-id", "backups-access-secret-key"):
                (secrets / "files" / name).write_text("given")
        made[mode] = {each["metadata"]["name"]: set(each["data"]) for each in kustomize(secrets)}
    return {**made, "dev": made["single-node"]}
