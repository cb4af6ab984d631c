"""Writes the page of all metrics from the registries of running services: `docs/metrics.md`.

Most metrics are made when a service starts: a PostgreSQL of a moment's life is there for that.
"""

import asyncio
import logging
import secrets
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from psycopg import sql
from pydantic import SecretStr

from chassis.logs import configure_logs
from chassis.migrations import migrate
from chassis.settings import placeholder
from standalone.instance import readiness_checks
from standalone.lifespans import together
from standalone.postgres import Postgres
from standalone.services import SERVICES

# Connecting to port 1 of this machine is refused at once: metrics need no Kafka.
_NOBODY = "127.0.0.1:1"
_PREFACE = """\
# Metrics

Every service shows its metrics in the text format of Prometheus at `/metrics` of its own port; no
gateway forwards that. On one machine (`make up`) they are at `/-/<service>/metrics`, for whoever
shows the service token or the admin token as `Authorization: Bearer …`. No label holds an id. Of a
histogram there are `_bucket`, `_sum` and `_count`. Alerts, dashboards and what to do are in
[deploy/observability](../deploy/observability/README.md). This page is written by `make contracts`.

"""
_HEAD = "| Metric | Type | Labels | Meaning | Services |\n| --- | --- | --- | --- | --- |\n"


@dataclass
class _Row:
    family: Metric
    labels: set[str] = field(default_factory=set[str])
    services: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        name = self.family.name + ("_total" if self.family.type == "counter" else "")
        labels = ", ".join(f"`{label}`" for label in sorted(self.labels))
        services = "all" if len(self.services) == len(SERVICES) else ", ".join(self.services)
        meaning = self.family.documentation.rstrip(".").replace("|", "\\|")
        return f"| `{name}` | {self.family.type} | {labels} | {meaning} | {services} |\n"


def page(registries: Mapping[str, CollectorRegistry]) -> str:
    """Return the page in Markdown; `registries` by the names of their services."""
    rows: dict[str, _Row] = {}
    for service, registry in registries.items():
        for family in registry.collect():
            if family.samples:
                row = rows.setdefault(family.name, _Row(family))
                row.labels |= {label for sample in family.samples for label in sample.labels}
                row.services.append(service)
    for row in rows.values():
        row.labels.discard("le")  # a histogram's own
    return _PREFACE + _HEAD + "".join(str(rows[name]) for name in sorted(rows))


@asynccontextmanager
async def running(databases: Mapping[str, str]) -> AsyncGenerator[Mapping[str, CollectorRegistry]]:
    """Run all services on these databases, with all migrations, and ask each for its health."""
    apps: dict[str, FastAPI] = {}
    for service in SERVICES:
        values = {
            "database_url": SecretStr(databases[service.name]),
            "kafka_bootstrap_servers": _NOBODY,
            **{f"{other.package}_url": f"http://{_NOBODY}" for other in SERVICES},
        }
        settings = placeholder(service.settings_class())
        known = {name: values[name] for name in values.keys() & type(settings).model_fields.keys()}
        apps[service.name] = service.create_app(settings.model_copy(update=known))
    async with together(apps.values()):
        # What is counted per request shows its labels with the first one.
        for _, check in readiness_checks(apps):
            await check()
        yield {name: app.state.metrics for name, app in apps.items()}


def _databases(server: str) -> dict[str, str]:
    urls: dict[str, str] = {}
    with psycopg.connect(server, autocommit=True) as connection:
        for service in SERVICES:
            name = sql.Identifier(service.database)
            connection.execute(sql.SQL("create database {}").format(name))
            urls[service.name] = server.rpartition("/")[0] + f"/{service.database}"
            migrate(urls[service.name], *service.migration_folders())
    return urls


async def _written(databases: Mapping[str, str]) -> str:
    async with running(databases) as registries:
        return page(registries)


def main() -> None:
    """Print the page."""
    # Everybody tells that everybody else is away.
    settings = placeholder(SERVICES[0].settings_class())
    configure_logs(settings.model_copy(update={"log_level": "CRITICAL"}))
    logging.disable()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Postgres(folder / "data", password=secrets.token_urlsafe(), log=folder / "log")
        server.begin()
        server.start()
        try:
            server.wait_until_ready()
            sys.stdout.write(asyncio.run(_written(_databases(server.url()))))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
