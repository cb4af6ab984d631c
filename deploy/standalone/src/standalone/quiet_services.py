"""Services at work on restored databases, seen by nobody: to erase again what was erased.

Kafka is away for them, and they listen on this machine only, at ports nobody knows. Polls go
first: whoever was in an erased one goes with it.
"""

import http.client
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from contracts.erasure_ledger import Erasure, write_ledger
from standalone.child import Child
from standalone.environment import database_url, service_environment
from standalone.failures import Failure
from standalone.home import Home
from standalone.ports import free_port
from standalone.services import SERVICES, Service
from standalone.settings import Settings

_PATIENCE_S = 60.0
# Port 1 of this machine: connecting is refused at once.
_NO_KAFKA = "127.0.0.1:1"
_POLL_API, _AVAILABILITY, _RECOMMENDER, _EVENT_LIFECYCLE = SERVICES


class QuietServices:
    """On databases with other names than the ones in use: `names` by service."""

    def __init__(
        self, home: Home, settings: Settings, server: str, names: Mapping[str, str]
    ) -> None:
        self._home = home
        self._ports = {service.name: free_port() for service in SERVICES}
        url = settings.public_url or f"http://{settings.local_host}:{settings.port}"
        self._environment = service_environment(
            home, settings, server=server, bootstrap=_NO_KAFKA, url=url
        )
        for service in SERVICES:
            own = urlsplit(database_url(home, server, service))
            own = own._replace(path=f"/{names[service.name]}")
            self._environment[service.database_variable] = own.geturl()
            self._environment[service.url_variable] = self._url(service)

    def erase(self, erasures: list[Erasure], ledger: Path) -> None:
        """Erase all of it, everywhere. `ledger` is a file to hand it over in."""
        ledger.write_text(write_ledger(erasures))
        self._run("after-restore", [_POLL_API], ledger)
        if not erasures:
            return
        with ExitStack() as serving:
            serving.enter_context(self._serves(_POLL_API))
            self._run("after-restore", [_AVAILABILITY], ledger)
            serving.enter_context(self._serves(_AVAILABILITY))
            self._run("catch-up", [_RECOMMENDER, _EVENT_LIFECYCLE, _POLL_API])

    def _run(self, command: str, services: Sequence[Service], *words: Path) -> None:
        """Have the services' programs carry out a command, all at once."""
        running = [
            subprocess.Popen(
                [sys.executable, "-m", service.package, command, "--", *words],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for service in services
        ]
        try:
            for service, process in zip(services, running, strict=True):
                self._finish(f"{service.name} {command}", process)
        finally:
            for process in running:
                process.kill()

    def _finish(self, what: str, process: subprocess.Popen[str]) -> None:
        said, _ = process.communicate()
        with self._home.log("restore").open("a") as log:
            log.write(said)
        if process.returncode:
            last = said.strip().splitlines()[-1:] or ["it says nothing"]
            raise Failure(f"{what} failed: {last[0]}")

    @contextmanager
    def _serves(self, service: Service) -> Generator[None]:
        port = self._ports[service.name]
        child = Child(
            service.name,
            [sys.executable, "-m", service.package, "serve", "--port", str(port)],
            log=self._home.log("restore"),
            environment=self._environment,
        )
        try:
            deadline = time.monotonic() + _PATIENCE_S
            while not _is_ready(port):
                if not child.is_running or time.monotonic() > deadline:
                    raise Failure(f"{service.name} does not start (see {child.log}).")
                time.sleep(0.05)
            yield
        finally:
            child.stop()

    def _url(self, service: Service) -> str:
        return f"http://127.0.0.1:{self._ports[service.name]}"


def _is_ready(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
