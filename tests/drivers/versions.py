"""Versions of the code to run as processes: this checkout, and a commit of its history.

An earlier version lies in a folder of its own, unpacked from git, which goes first on the path of
the processes that run it. Third-party packages are those of the present one.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
# The last commit that was published before this one: what operators update from.
PUBLISHED = "81aee6f3ac"
_PREPARE = """
import json, sys
from standalone.databases import prepare
from standalone.services import SERVICES
server, urls = json.load(sys.stdin)
for service in SERVICES:
    prepare(server, service, urls[service.name])
"""


@dataclass(frozen=True)
class Version:
    """`folder` is where its sources lie, None for those that run the tests."""

    name: str
    folder: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process that runs it."""
        if self.folder is None:
            return {}
        sources = [*self.folder.glob("*/src"), *self.folder.glob("*/*/src")]
        return {"PYTHONPATH": os.pathsep.join(map(str, sources))}

    def prepares(self, server: str, urls: Mapping[str, str]) -> None:
        """Make each service's database and role as this version does, and migrate."""
        subprocess.run(
            [sys.executable, "-c", _PREPARE],
            input=json.dumps([server, urls]),
            env={**os.environ, **self.environment},
            text=True,
            check=True,
            timeout=60,
        )


PRESENT = Version("this checkout")


def published(folder: Path) -> Version:
    """The published version, unpacked into `folder`; the present one where git lacks it."""
    packed = _packed()
    if packed is None:
        return PRESENT
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return Version(PUBLISHED, folder)


def _packed() -> bytes | None:
    wanted = ["contracts", "libs", "services", "deploy/standalone"]
    command = ["git", "-C", str(REPOSITORY), "archive", PUBLISHED, *wanted]
    try:
        return subprocess.run(command, check=True, capture_output=True).stdout
    except (subprocess.CalledProcessError, FileNotFoundError):
        return None
