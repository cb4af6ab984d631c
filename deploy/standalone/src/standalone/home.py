"""The folder where one instance keeps all it has: data, logs, secrets, and who runs on it."""

import fcntl
import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from standalone.failures import Failure

# A log larger than this makes room at the next start; one older is kept.
LARGEST_LOG = 20_000_000


class AlreadyRunning(Failure):
    """Another launcher runs on the folder."""


@dataclass
class Running:
    """What runs on a home: written while it does, left behind by a launcher that was killed.

    `database` is the PostgreSQL server's URL as its administrator.
    """

    launcher: int
    url: str
    kafka: str
    database: str
    children: dict[str, int] = field(default_factory=dict[str, int])


class Home:
    """The folder of one instance."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @property
    def postgres_data(self) -> Path:
        return self.folder / "postgres"

    @property
    def kafka_data(self) -> Path:
        return self.folder / "kafka"

    def everything(self) -> list[Path]:
        """Return all that the home holds but its lock, and the backups: they outlive the data."""
        return [path for path in self.folder.glob("*") if path.name not in {"lock", "backups"}]

    def log(self, name: str) -> Path:
        """Return the log file of a child process."""
        return self.folder / "logs" / f"{name}.log"

    def create(self) -> None:
        """Make the folder, for its owner only, where it is missing."""
        for folder in (self.folder, self.folder / "logs", self.folder / "secrets"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for log in (self.folder / "logs").glob("*.log"):
            if log.stat().st_size > LARGEST_LOG:
                log.replace(log.with_suffix(".log.1"))

    def secret_file(self, name: str) -> Path:
        """Return the file that holds a secret, made up at the first call; mode 0600."""
        path = self.folder / "secrets" / name
        if not path.exists():
            new = path.with_name(f"{name}.{os.getpid()}.new")
            with open(new, "x", opener=_open_for_owner) as file:
                file.write(secrets.token_urlsafe(32))
            new.rename(path)
        return path

    def secret(self, name: str) -> str:
        """Return a secret, 43 URL-safe characters, made up at the first call."""
        return self.secret_file(name).read_text()

    @contextmanager
    def lock(self) -> Generator[None, None, None]:
        """Keep every other launcher away. Raises `AlreadyRunning`."""
        with (self.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                running = self.running()
                where = f" at {running.url} (process {running.launcher})" if running else ""
                raise AlreadyRunning(
                    f"Commontime already runs on {self.folder}{where}: `commontime down` stops it."
                ) from None
            yield

    def is_locked(self) -> bool:
        """Say whether a launcher runs on this folder now."""
        if not self.folder.exists():
            return False
        try:
            with self.lock():
                return False
        except AlreadyRunning:
            return True

    def running(self) -> Running | None:
        """Return what the last launcher wrote and did not take back."""
        try:
            return Running(**json.loads(self._running_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write_running(self, running: Running) -> None:
        new = self._running_file.with_suffix(".new")
        with open(new, "w", opener=_open_for_owner) as file:
            json.dump(asdict(running), file)
        new.replace(self._running_file)

    def clear_running(self) -> None:
        self._running_file.unlink(missing_ok=True)

    @property
    def _running_file(self) -> Path:
        return self.folder / "running.json"


def _open_for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
