"""For tests and benchmarks: one service alone, as a process of its own that can be killed.

Kafka and the other services are away unless `settings` name them: what a service answers,
completes and tells partners depends on neither.
"""

import http.client
import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from standalone.child import Child
from standalone.ports import free_port
from standalone.services import SERVICES
from standalone.testing import eventually

PATIENCE = 30
# Port 1 of this machine: connecting is refused at once.
_NOBODY = "127.0.0.1:1"


class LoneService:
    """Keeps its port, its tokens and its database when it is started again."""

    def __init__(
        self,
        name: str,
        database: str,
        folder: Path,
        *,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`database` is the URL of one with all migrations; the log is kept in `folder`."""
        (self.service,) = (service for service in SERVICES if service.name == name)
        self.database = database
        self.admin_token = secrets.token_urlsafe(32)
        self.encryption_key = secrets.token_urlsafe(32)
        self.log = folder / f"{name}.log"
        self.port = free_port()
        self.child: Child | None = None
        self._service_token = secrets.token_urlsafe(32)
        self._settings = settings

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def starts(self) -> None:
        """Return as soon as it is ready."""
        self.begins()
        eventually(self._is_ready, PATIENCE)

    def begins(self) -> None:
        command = [sys.executable, "-m", self.service.package, "serve", "--port", str(self.port)]
        self.child = Child(
            self.service.name, command, log=self.log, environment=self._environment()
        )

    def dies(self) -> None:
        """kill -9."""
        assert self.child
        self.child.kill()

    def stops(self) -> None:
        """In order, if it runs."""
        if self.child:
            self.child.stop()

    def _is_ready(self) -> bool:
        assert self.child
        if not self.child.is_running:
            raise self.child.failure()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **{service.url_variable: f"http://{_NOBODY}" for service in SERVICES},
            self.service.database_variable: self.database,
            "KAFKA_BOOTSTRAP_SERVERS": _NOBODY,
            "COMMONTIME_INSTANCE_ID": self.service.name,
            "COMMONTIME_PUBLIC_URL": self.url,
            "COMMONTIME_ADMIN_TOKEN": self.admin_token,
            "COMMONTIME_SERVICE_TOKEN": self._service_token,
            "COMMONTIME_ENCRYPTION_KEY": self.encryption_key,
            "COMMONTIME_LOG_FORMAT": "json",
            "OPENBLAS_NUM_THREADS": "1",
            **self._settings,
        }
