"""A child process that never outlives its parent, writes to a log file and stops in order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from standalone.failures import Failure
from standalone.signals import signals_held_back

PR_SET_PDEATHSIG = 1


class ChildFailed(Failure):
    """A child process ended when it should not have."""


class Child:
    """One process in a group of its own.

    Start it from the main thread: Linux delivers the parent's death when the *thread* that
    started the child ends.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | os.PathLike[str]],
        *,
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        """Start `command`; `before` runs in the new process first."""
        self.name = name
        self.log = log
        self._stop_signal = stop_signal
        library = ctypes.CDLL(None) if sys.platform == "linux" else None
        parent = os.getpid()

        def prepare() -> None:
            let_go()
            if before:
                before()
            # Last: a change of user or namespace would clear it.
            if library:
                library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != parent:
                    os._exit(1)

        with log.open("ab", buffering=0) as output, signals_held_back() as let_go:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                process_group=0,
                preexec_fn=prepare,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    @property
    def is_running(self) -> bool:
        return self.exit_code is None

    def finish(self, timeout: float) -> None:
        """Wait for a process that ends by itself; raise `ChildFailed` when it does not end well."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ChildFailed(f"{self.name} took longer than {timeout:.0f} s.") from None
        if code:
            raise self.failure()

    def failure(self) -> ChildFailed:
        """Describe how it ended, with the last line it wrote."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        last = f" Its last words: {lines[-1].strip()}" if lines else ""
        return ChildFailed(f"{self.name} ended with code {self.exit_code} (see {self.log}).{last}")

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once."""
        if self.is_running:
            self._process.send_signal(self._stop_signal)

    def stop(self, timeout: float = 10) -> None:
        """Ask it to stop and wait; after `timeout` seconds kill the whole group."""
        self.ask_to_stop()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the whole group at once, and wait until it has."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
