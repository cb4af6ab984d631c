"""Commontime in separate processes, with a proxy in front of each thing that services depend on."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from chaos.proxy import Proxies, Proxy
from separate_processes import Replica, SeparateProcesses
from settings_under_test import DEVELOPMENT, UNLIMITED
from standalone import aot, artifacts, java
from standalone.child import ChildFailed
from standalone.kafka import Kafka
from standalone.testing import eventually

SETTINGS = {**UNLIMITED, **DEVELOPMENT, "WEBHOOK_TIMEOUT": "PT2S", "COMMONTIME_LOG_LEVEL": "INFO"}


_LONG_S = 300


class ProxiedKafka(Kafka):
    """Tells its clients the address of a proxy."""

    advertised: int

    def _write_configuration(self) -> None:
        super()._write_configuration()
        path = self._configuration / "server.properties"
        here, proxy = (f"advertised.listeners=PLAINTEXT://127.0.0.1:{n}" for n in self._ports)
        text = path.read_text()
        assert here in text
        path.write_text(text.replace(here, proxy))

    @property
    def _ports(self) -> tuple[int, int]:
        return self.port, self.advertised


class ChaosDeployment(SeparateProcesses):
    """Each service reaches its database, and all of them Kafka, through a proxy."""

    def __init__(self, folder: Path, sources: Path | None = None) -> None:
        """Use `folder`; `sources` holds packages that run in place of the installed ones."""
        super().__init__(folder, settings=SETTINGS)
        self._sources = sources
        self.more: dict[str, Mapping[str, str]] = {}
        jars, runtime = artifacts.kafka_jars(), java.find()
        kafka = ProxiedKafka(
            folder / "kafka",
            java=runtime,
            jars=jars,
            log=folder / "kafka.log",
            flags=aot.flags(runtime, jars),
        )
        self._thread = Proxies()
        self.kafka_proxy = self._thread.to(kafka.port)
        kafka.advertised = self.kafka_proxy.port
        self.kafka = kafka
        self.database_proxies = {
            service.name: self._thread.to(self.postgres.port) for service in self.services
        }

    def begins(self) -> None:
        for proxy in self._proxies:
            proxy.start()
        try:
            self.start()
        except AssertionError:
            # On a machine with other work a replica can need longer.
            for replica in self.replicas:
                eventually(replica.is_ready, _LONG_S)

    def ends(self) -> None:
        self.heal_connections()
        # How each process ends is judged by the tests of draining.
        with suppress(ChildFailed):
            self.stop()
        for proxy in self._proxies:
            proxy.stop()
        self._thread.close()

    def heal_connections(self) -> None:
        for proxy in self._proxies:
            proxy.heal()

    @property
    def _proxies(self) -> tuple[Proxy, ...]:
        return (self.kafka_proxy, *self.database_proxies.values())

    def replica(self, name: str) -> Replica:
        return next(replica for replica in self.replicas if replica.name == name)

    def _environment(self, replica: Replica) -> dict[str, str]:
        environment = super()._environment(replica)
        proxy = self.database_proxies[replica.service.name].port
        direct = re.compile(rf"(?<=@127\.0\.0\.1:){self.postgres.port}(?=/)")
        environment = {name: direct.sub(str(proxy), value) for name, value in environment.items()}
        environment["KAFKA_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{self.kafka_proxy.port}"
        if self._sources:
            path = environment.get("PYTHONPATH")
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(self._sources), path]))
        return {**environment, **self.more.get(replica.name, {})}
