"""For tests: drives the `commontime` command as its user does, as a process with a home.

The driver has verbs; it looks at the outside only: words, exit codes, HTTP, the process table.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import psutil

from standalone.home import Home, Running
from standalone.ports import free_port

PATIENCE = 90


class Instance:
    """One home, and the launcher that runs on it from time to time."""

    def __init__(self, folder: Path, before: Callable[[], None] | None = None) -> None:
        """Use a home under `folder`; `before` runs in the launcher's process first."""
        self.home = Home(folder / "home")
        self.port = free_port()
        self.output = folder / "output"
        self._before = before
        self._launcher: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._launcher
        return self._launcher.pid

    @property
    def running(self) -> Running:
        running = self.home.running()
        assert running
        return running

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        return {
            **os.environ,
            "COMMONTIME_HOME": str(self.home.folder),
            "COMMONTIME_PORT": str(self.port),
            **(extra or {}),
        }

    def ups(self, extra: Mapping[str, str] | None = None) -> None:
        """Say `commontime up`, without waiting."""
        with self.output.open("wb") as output:
            self._launcher = subprocess.Popen(
                [sys.executable, "-m", "standalone.cli", "up"],
                env=self.environment(extra),
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=self._before,
            )

    def is_up(self) -> None:
        """Wait until it says that it is ready."""
        eventually(lambda: "Ready." in self.words() or self._has_ended(), PATIENCE)
        assert "Ready." in self.words(), self.words()

    def words(self) -> str:
        return self.output.read_text()

    def says(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another subcommand to its end."""
        return subprocess.run(
            [sys.executable, "-m", "standalone.cli", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def signals(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def ends(self) -> int:
        """Wait until the launcher has ended; return its exit code."""
        assert self._launcher
        return self._launcher.wait(PATIENCE)

    def status(self, path: str, token: str | None = None) -> int:
        """Return the status of a GET, 0 while nobody answers."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            try:
                connection.request("GET", path, headers=headers)
                return connection.getresponse().status
            except (OSError, http.client.HTTPException):
                return 0

    def processes(self) -> list[psutil.Process]:
        """Return every process that has to do with this home, but the launcher."""
        found = psutil.process_iter(["cmdline", "status"])
        return [
            process
            for process in found
            if any(str(self.home.folder) in word for word in process.info["cmdline"] or ())
            and process.info["status"] != psutil.STATUS_ZOMBIE
        ]

    def leaves_nothing(self) -> None:
        eventually(lambda: not self.processes(), 5)

    def clean_up(self) -> None:
        """End what a failed test left running."""
        if self._launcher and self._launcher.poll() is None:
            self._launcher.kill()
            self._launcher.wait()

    def _has_ended(self) -> bool:
        assert self._launcher
        return self._launcher.poll() is not None


def eventually(condition: Callable[[], bool], patience: float = 10) -> None:
    """Wait until the condition holds, `patience` seconds at most."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
