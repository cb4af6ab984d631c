"""One Apache Kafka broker on this machine (KRaft: it is its own controller)."""

import os
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from standalone.child import Child, ChildFailed
from standalone.java import Java
from standalone.ports import free_port, is_open


class Kafka:
    """A broker on a data folder of its own.

    Call `begin`, `start`, `wait_until_ready` in this order: the first two return early, so that
    other servers can start meanwhile.
    """

    def __init__(
        self,
        folder: Path,
        *,
        java: Java,
        jars: list[Path],
        log: Path,
        port: int | None = None,
        flags: Sequence[str] = (),
        settings: str = "",
    ) -> None:
        """Prepare a broker with its data in `folder`; `port` defaults to a free one.

        `flags` are more flags for the Java runtime, `settings` more lines of `kafka.properties`:
        of a setting that is there already they replace the value.
        """
        self.port = port or free_port()
        self.child: Child | None = None
        self._data = folder
        self._java = java
        self._jars = jars
        self._log = log
        self._flags = flags
        self._settings = settings
        self._formatting: Child | None = None

    @property
    def bootstrap(self) -> str:
        """The address clients connect to first: `host:port`."""
        return f"127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Start formatting the data folder where that has not been done."""
        self._configuration.mkdir(parents=True, exist_ok=True)
        self._write_configuration()
        if not (self._data / "meta.properties").exists():
            cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            tool = ["kafka.tools.StorageTool", "format"]
            # In one word: one cluster in 64 has a name that starts with a hyphen.
            named = f"--cluster-id={cluster}"
            self._formatting = self._run("kafka-storage", (), [*tool, named, "-c"])

    def start(self) -> Child:
        """Start the broker, after the folder is formatted. Raises `ChildFailed`."""
        if self._formatting:
            self._formatting.finish(timeout=60)
            self._formatting = None
        self.child = self._run("Kafka", self._flags, ["kafka.Kafka"])
        return self.child

    def wait_until_ready(self, timeout: float = 60) -> None:
        """Wait until the broker answers. Raises `ChildFailed` when it ends or takes too long."""
        deadline = time.monotonic() + timeout
        while not is_open(self.port):
            if self.child is None or not self.child.is_running:
                raise self.failure()
            if time.monotonic() > deadline:
                raise ChildFailed(f"Kafka does not answer (see {self._log}).")
            time.sleep(0.02)

    def failure(self) -> ChildFailed:
        """Say how the broker ended."""
        return self.child.failure() if self.child else ChildFailed("Kafka was not started.")

    def stop(self, timeout: float = 10) -> None:
        """Stop the broker; what it has acknowledged is on disk."""
        for child in (self._formatting, self.child):
            if child:
                child.stop(timeout)

    @property
    def _configuration(self) -> Path:
        return self._data.with_name(f"{self._data.name}.config")

    def _write_configuration(self) -> None:
        controller = free_port()
        settings = files("standalone").joinpath("kafka.properties").read_text() + self._settings
        for name, value in {
            "PORT": str(self.port),
            "CONTROLLER": str(controller),
            "DATA": str(self._data),
        }.items():
            settings = settings.replace(f"@{name}@", value)
        (self._configuration / "server.properties").write_text(settings)
        logging = files("standalone").joinpath("kafka-log4j2.yaml").read_text()
        (self._configuration / "log4j2.yaml").write_text(logging)

    def _run(self, name: str, flags: Sequence[str], arguments: Sequence[str]) -> Child:
        classpath = os.pathsep.join(map(str, self._jars))
        logging = f"-Dlog4j2.configurationFile={self._configuration / 'log4j2.yaml'}"
        return Child(
            name,
            [
                self._java.command,
                *self._java.flags(),
                *flags,
                "-cp",
                classpath,
                logging,
                *arguments,
                self._configuration / "server.properties",
            ],
            log=self._log,
            folder=self._configuration,
        )
