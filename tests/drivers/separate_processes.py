"""Commontime as it runs in containers: every service a process of its own, twice, behind nginx.

PostgreSQL, Kafka and the gateway are the real ones. Each can be killed and started again, and
nothing outlives this process.
"""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import psutil
import psycopg
from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql

from balancer import Balancer
from gateway import Gateway
from standalone import aot, artifacts, java
from standalone.child import Child
from standalone.databases import prepare, wait_for_server
from standalone.kafka import Kafka
from standalone.ports import free_port
from standalone.postgres import Postgres
from standalone.services import SERVICES, Service
from standalone.testing import eventually
from versions import PRESENT, Version

REPLICAS = 2
PATIENCE = 90
STOP_WITHIN = 10

_NO_POLL = "/api/v1/polls/00000000-0000-7000-8000-000000000000"
_A_PATH_OF = {
    "poll-api": _NO_POLL,
    "availability": f"{_NO_POLL}/participants",
    "recommender": f"{_NO_POLL}/recommendations",
    "event-lifecycle": "/api/v1/events",
}


@dataclass
class Replica:
    """One process of one service; it keeps its port and its instance id when started again.

    `version` is of the code that it runs when it is started next.
    """

    service: Service
    number: int
    port: int
    version: Version = PRESENT
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

    def __init__(
        self,
        folder: Path,
        *,
        replicas: Mapping[str, int] = MappingProxyType({}),
        settings: Mapping[str, str] = MappingProxyType({}),
        version: Version = PRESENT,
    ) -> None:
        """Keep data and logs in `folder`; `settings` are more variables for every service.

        `replicas` says how many a service has, where it is not two; `version` is of the code that
        makes the databases and that all replicas run at first.
        """
        self.folder = folder
        self.services = SERVICES
        self.admin_token = secrets.token_urlsafe(32)
        self.service_token = secrets.token_urlsafe(32)
        self._encryption_key = secrets.token_urlsafe(32)
        self._signing_key = secrets.token_urlsafe(32)
        self._settings = settings
        self._passwords = {service.name: secrets.token_urlsafe(16) for service in SERVICES}
        self.postgres = Postgres(
            folder / "postgres", password=secrets.token_urlsafe(), log=folder / "postgres.log"
        )
        jars, runtime = artifacts.kafka_jars(), java.find()
        self.kafka = Kafka(
            folder / "kafka",
            java=runtime,
            jars=jars,
            log=folder / "kafka.log",
            flags=aot.flags(runtime, jars),
        )
        self.replicas = [
            Replica(service, number, free_port(), version)
            for service in SERVICES
            for number in range(replicas.get(service.name, REPLICAS))
        ]
        self._version = version
        ports = {service.name: [r.port for r in self.of(service.name)] for service in SERVICES}
        self._gateway = Gateway(folder / "gateway", ports)
        self._balancer = Balancer(folder / "balancer", ports)
        self.url = self._gateway.url

    def start(self) -> None:
        for server in (self.postgres, self.kafka):
            server.begin()
        for server in (self.postgres, self.kafka):
            server.start()
        self.postgres.wait_until_ready()
        wait_for_server(self.postgres.url())
        self.prepares_databases(self._version)
        for replica in self.replicas:
            self.run(replica)
        self._gateway.start()
        self._balancer.start()
        self.kafka.wait_until_ready()
        for replica in self.replicas:
            eventually(replica.is_ready, PATIENCE)
        # Before that a service that is ready, but has no partitions yet, knows no new poll.
        eventually(self._all_consume, PATIENCE)

    def _all_consume(self) -> bool:
        admin: Any = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        described = admin.describe_consumer_groups([service.name for service in self.services])
        try:
            groups = {name: asked.result() for name, asked in described.items()}
        except KafkaException:
            return False  # a group has no coordinator yet
        return all(
            group.state == ConsumerGroupState.STABLE
            and len(group.members) == len(self.of(name))
            and all(member.assignment.topic_partitions for member in group.members)
            for name, group in groups.items()
        )

    def prepares_databases(self, version: Version) -> None:
        """Make what is missing and migrate, with the code of this version."""
        urls = {service.name: self.database(service) for service in SERVICES}
        version.prepares(self.postgres.url(), urls)

    def stop(self) -> None:
        self._gateway.stop()
        self._balancer.stop()
        running = [replica.child for replica in self.replicas if replica.child]
        for child in running:
            child.ask_to_stop()
        try:
            for child in running:
                child.finish(STOP_WITHIN)
        finally:
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

    def add(self, name: str) -> Replica:
        """Start one more replica, without waiting, that shares the work but not the requests."""
        first, *others = self.of(name)
        number = max(replica.number for replica in (first, *others)) + 1
        replica = Replica(first.service, number, free_port(), first.version)
        self.replicas.append(replica)
        self.run(replica)
        return replica

    def remove(self, replica: Replica) -> None:
        """Stop it in order, if it runs, for good."""
        assert replica.child
        self.replicas.remove(replica)
        if replica.child.is_running:
            replica.child.ask_to_stop()
            replica.child.finish(STOP_WITHIN)

    @contextmanager
    def without(self, name: str) -> Generator[None]:
        """All replicas of a service are stopped in order, and started again afterwards."""
        self.stop_service(name)
        try:
            yield
        finally:
            self.run_service(name)

    def stop_service(self, name: str) -> None:
        """Stop all its replicas in order."""
        children = [replica.child for replica in self.of(name) if replica.child]
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.finish(STOP_WITHIN)

    def kill(self, replica: Replica) -> None:
        """kill -9 of one process."""
        assert replica.child
        replica.child.kill()

    def kill_service(self, name: str) -> None:
        """kill -9 of all its replicas."""
        for replica in self.of(name):
            self.kill(replica)

    def run_service(self, name: str) -> None:
        """Start all its replicas, without waiting."""
        for replica in self.of(name):
            self.run(replica)

    async def is_ready(self, name: str) -> None:
        """Wait until all its replicas are, and the gateway tries them again."""
        for replica in self.of(name):
            await asyncio.to_thread(eventually, replica.is_ready, PATIENCE)
        await asyncio.to_thread(eventually, lambda: self._reaches(name), PATIENCE)

    def _reaches(self, name: str) -> bool:
        """For a second after all replicas have failed the gateway does not even ask them."""
        answer = httpx.get(self.url + _A_PATH_OF[name], timeout=5)
        return answer.json().get("code") != "service_unavailable"

    def commands(self, name: str, *words: str) -> None:
        """Have a service's program do something else than serve, and wait until it has."""
        replica = self.of(name)[0]
        subprocess.run(
            [sys.executable, "-m", replica.service.package, *words],
            env=self._environment(replica),
            check=True,
            timeout=PATIENCE,
        )

    def loses_database(self, name: str) -> None:
        """The database of a service is gone, and there is a new one without any row."""
        service = self.of(name)[0].service
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            gone = sql.SQL("drop database {} with (force)").format(sql.Identifier(service.database))
            connection.execute(gone)
        prepare(self.postgres.url(), service, self.database(service))

    def kill_postgres(self) -> None:
        """kill -9 of the server with all its processes, as the machine would end them."""
        assert self.postgres.child
        processes = psutil.Process(self.postgres.child.pid).children(recursive=True)
        self.postgres.child.kill()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, 10)

    def counted(self, name: str, metric: str) -> float:
        """The sum of a service's counter over its replicas and labels."""
        texts = [httpx.get(f"{replica.url}/metrics").text for replica in self.of(name)]
        return sum(
            sample.value
            for text in texts
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == metric
        )

    def database(self, service: Service) -> str:
        """The URL of a service's database, with its own role."""
        name = service.database
        address = self.postgres.url().rpartition("@")[2].partition("/")[0]
        return f"postgresql://{name}:{self._passwords[service.name]}@{address}/{name}"

    def administered(self, service: Service) -> str:
        """The same with the administrator's role, who may do what no service may."""
        return self.postgres.url(service.database)

    def _environment(self, replica: Replica) -> dict[str, str]:
        return {
            **os.environ,
            **replica.version.environment,
            **{service.url_variable: self._balancer.url(service.name) for service in SERVICES},
            replica.service.database_variable: self.database(replica.service),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "COMMONTIME_INSTANCE_ID": replica.name,
            "COMMONTIME_PUBLIC_URL": self.url,
            "COMMONTIME_ADMIN_TOKEN": self.admin_token,
            "COMMONTIME_SERVICE_TOKEN": self.service_token,
            "COMMONTIME_ENCRYPTION_KEY": self._encryption_key,
            "COMMONTIME_SIGNING_KEY": self._signing_key,
            "COMMONTIME_LOG_FORMAT": "json",
            "OPENBLAS_NUM_THREADS": "1",
            **self._settings,
        }
