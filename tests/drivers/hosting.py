"""Hosts a Commontime for tests that are not written in Python, while standard input stays open.

    python tests/drivers/hosting.py one | separate

It writes a line of JSON, `{"url", "adminToken"}`, once everything answers. `separate` obeys lines:
`stop <service>` and `start <service>`, each answered with `done`. When the input ends, because the
program that asked wants it or is no more, it stops everything, and fails where something is left.
"""

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from separate_processes import SeparateProcesses
from settings_under_test import DEVELOPMENT, UNLIMITED
from standalone.testing import Instance

# Long enough for a person's eyes, and a test's, to see a countdown.
SETTINGS = {**UNLIMITED, **DEVELOPMENT, "EVENT_COMPLETION_DELAY": "PT3S"}


def main(kind: str) -> None:
    """Host until the input ends."""
    with _folder() as folder:
        if kind == "one":
            _one(folder)
        else:
            _separate(folder)


def _one(folder: Path) -> None:
    instance = Instance(folder)
    try:
        instance.ups(SETTINGS)
        instance.is_up()
        _tell(f"http://127.0.0.1:{instance.port}", instance.home.secret("admin-token"))
        sys.stdin.read()
        instance.signals(signal.SIGINT)
        if code := instance.ends():
            raise SystemExit(f"commontime up ended with code {code}: {instance.words()}")
        instance.leaves_nothing()
    finally:
        instance.clean_up()


def _separate(folder: Path) -> None:
    deployment = SeparateProcesses(folder, settings=SETTINGS)
    try:
        deployment.start()
        _tell(deployment.url, deployment.admin_token)
        for line in sys.stdin:
            _obey(deployment, *line.split())
            print("done", flush=True)
    finally:
        deployment.stop()


def _obey(deployment: SeparateProcesses, verb: str, service: str) -> None:
    if verb == "stop":
        deployment.stop_service(service)
    else:
        deployment.run_service(service)
        asyncio.run(deployment.is_ready(service))


def _tell(url: str, admin_token: str) -> None:
    print(json.dumps({"url": url, "adminToken": admin_token}), flush=True)


@contextmanager
def _folder() -> Generator[Path]:
    made = Path(tempfile.mkdtemp(prefix="commontime-browser-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
