"""What the services recorded and logged while people made an appointment, once for all tests."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from settings_under_test import DEVELOPMENT
from standalone.ports import free_port
from standalone.services import SERVICES

HERE = Path(__file__).parent
DRIVERS = HERE.parent / "drivers"


@dataclass(frozen=True)
class Recorded:
    """`answered`: the `traceresponse` of requests, by method and the end of their path."""

    spans: list[dict[str, Any]]
    answered: dict[str, str]
    lines: list[dict[str, Any]] = field(repr=False)
    secrets: list[str] = field(repr=False)

    def trace_of(self, request: str) -> str:
        return self.answered[request].split("-")[1]


def services_environment(
    databases: Mapping[str, str], *, url: str, kafka: str, prefix: str
) -> dict[str, str]:
    """For all services on one address, with secrets of their own."""
    return {
        **os.environ,
        **DEVELOPMENT,
        **{service.database_variable: databases[service.name] for service in SERVICES},
        **{service.url_variable: f"{url}/-/{service.name}" for service in SERVICES},
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "KAFKA_TOPIC_PREFIX": prefix,
        "COMMONTIME_INSTANCE_ID": "traced",
        "COMMONTIME_PUBLIC_URL": url,
        "COMMONTIME_LOG_FORMAT": "json",
        **{f"COMMONTIME_{name}": secrets.token_urlsafe(32) for name in _SECRETS},
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(DRIVERS),
    }


_SECRETS = ("ADMIN_TOKEN", "SERVICE_TOKEN", "ENCRYPTION_KEY", "SIGNING_KEY")


@pytest.fixture(scope="module")
def databases(
    template_database: Callable[..., str], module_database: Callable[[str], str]
) -> dict[str, str]:
    """A database of each service, with all migrations, by the service's name."""
    return {
        service.name: module_database(
            template_database(service.package, *service.migration_folders())
        )
        for service in SERVICES
    }


@pytest.fixture(scope="module")
def recorded(databases: dict[str, str], kafka_bootstrap: str, module_topic_prefix: str) -> Recorded:
    port = free_port()
    environment = services_environment(
        databases,
        url=f"http://127.0.0.1:{port}",
        kafka=kafka_bootstrap,
        prefix=module_topic_prefix,
    )
    ran = subprocess.run(
        [sys.executable, HERE / "traced_program.py", str(port)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    hidden = [environment[f"COMMONTIME_{name}"] for name in _SECRETS]
    return Recorded(**json.loads(ran.stdout), lines=lines, secrets=hidden)
