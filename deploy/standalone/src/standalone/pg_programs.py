"""pg_dump and pg_restore: PostgreSQL's own programs, from its wheel or from the PATH."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from standalone.failures import Failure
from standalone.postgres import programs

_FULL = "No space left on device"


class ProgramFailed(Failure):
    """PostgreSQL's own words are the message."""


class PgProgram:
    """One run of a program on one database. The password is never on the command line."""

    def __init__(
        self, name: str, url: str, *arguments: str | Path, file: Path | None = None
    ) -> None:
        """Start it, to read `file` if it does."""
        self._name = name
        # Not beside what it writes: that disk may be full.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        connection = conninfo_to_dict(url)
        password = connection.pop("password", None)
        secret = {"PGPASSWORD": str(password)} if password else {}
        command = [_program(name), *arguments, "--no-password", "--dbname"]
        self._process = subprocess.Popen(
            [*command, make_conninfo("", **connection), *([file] if file else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._complaints,
            env={**os.environ, **secret, "LC_ALL": "C.UTF-8"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._complaints.close()

    def has_ended(self) -> bool:
        """Whether it is done. Raises `ProgramFailed` where it ended badly."""
        code = self._process.poll()
        if code:
            self._complaints.seek(0)
            words = self._complaints.read().decode(errors="replace").strip()
            if _FULL in words:
                raise ProgramFailed(f"The disk is full: {self._name} could not go on.")
            first = next((line for line in words.splitlines() if "error" in line), words)
            raise ProgramFailed(f"{self._name} failed (code {code}): {first}")
        return code == 0


def url_of(server: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(server)._replace(path=f"/{database}").geturl()


def _program(name: str) -> Path:
    try:
        own = programs() / "bin" / name
    except Failure:
        own = None
    found = own if own and own.exists() else shutil.which(name)
    if found is None:
        raise Failure(f"{name} was not found: install the client programs of PostgreSQL 18.")
    return Path(found)
