"""A real Prometheus with all rules, in front of real services: it sees what happens to them."""

import json
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from standalone.child import Child
from standalone.ports import free_port
from standalone.services import SERVICES, Service
from standalone.testing import eventually
from watching import OBSERVABILITY, PATIENCE, Pager, Watching, pager

# Connecting to port 1 of this machine is refused at once: there is no Kafka, and no peer.
NOBODY = "127.0.0.1:1"
WATCHED = [one for one in SERVICES if one.name in ("poll-api", "recommender")]

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]


@dataclass
class World:
    """Two services without Kafka, whoever watches them, and who is told."""

    folder: Path
    databases: dict[str, str]
    watching: Watching
    pager: Pager
    ports: dict[str, int]
    services: dict[str, Child] = field(default_factory=dict[str, Child])

    def run(self, service: Service) -> None:
        """Start it, without waiting."""
        environment = {
            **os.environ,
            **{one.url_variable: f"http://{NOBODY}" for one in SERVICES},
            service.database_variable: self.databases[service.name],
            "KAFKA_BOOTSTRAP_SERVERS": NOBODY,
            "COMMONTIME_PUBLIC_URL": "http://localhost:8000",
            "COMMONTIME_SERVICE_TOKEN": "between-services",
            "COMMONTIME_SIGNING_KEY": "a-secret-that-signs-only-in-tests",
        }
        port = str(self.ports[service.name])
        words = [sys.executable, "-m", service.package, "serve", "--port", port]
        log = self.folder / f"{service.name}.log"
        self.services[service.name] = Child(service.name, words, log=log, environment=environment)

    @contextmanager
    def without(self, service: Service) -> Generator[None]:
        self.services[service.name].stop()
        try:
            yield
        finally:
            self.run(service)


@pytest.fixture(scope="module")
def world(
    template_database: TemplateDatabase,
    module_database: NewDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("watching")
    databases = {
        service.name: module_database(
            template_database(service.database, *service.migration_folders())
        )
        for service in WATCHED
    }
    ports = {service.name: free_port() for service in WATCHED}
    targets = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    with pager() as one:
        watching = Watching(folder / "watching", targets, one.server_port)
        world = World(folder, databases, watching, one, ports)
        try:
            for service in WATCHED:
                world.run(service)
            eventually(lambda: all(map(is_ready, ports.values())), PATIENCE)
            watching.start()
            yield world
        finally:
            watching.stop()
            for child in world.services.values():
                child.stop()


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def panels(kind: str = "") -> list[Any]:
    return [
        pytest.param(target["expr"].replace("$__rate_interval", "1m"), id=panel["title"])
        for path in sorted((OBSERVABILITY / "grafana").glob("*.json"))
        for panel in json.loads(path.read_text())["panels"]
        if kind in panel["type"]
        for target in panel.get("targets", [])
    ]


def test_every_service_is_scraped(world: World) -> None:
    def up() -> bool:
        active = world.watching.asked("targets", state="active")["activeTargets"]
        return {(one["labels"]["job"], one["health"]) for one in active} == {
            (service.name, "up") for service in WATCHED
        }

    eventually(up, PATIENCE)


def test_every_rule_can_be_evaluated(world: World) -> None:
    def evaluated() -> bool:
        groups = world.watching.asked("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert len(rules) > 80
        assert [rule["lastError"] for rule in rules if "lastError" in rule] == []
        return {rule["health"] for rule in rules} == {"ok"}

    eventually(evaluated, PATIENCE)


@pytest.mark.parametrize("expression", panels())
def test_every_dashboard_gets_an_answer(world: World, expression: str) -> None:
    world.watching.asked("query", query=expression)


@pytest.mark.parametrize("expression", panels("stat"))
def test_every_figure_of_the_overview_is_there(world: World, expression: str) -> None:
    def value() -> bool:
        return len(world.watching.asked("query", query=expression)["result"]) == 1

    eventually(value, PATIENCE)


def test_a_question_that_cannot_be_answered_would_be_noticed(world: World) -> None:
    with pytest.raises(AssertionError, match="parse error"):
        world.watching.asked("query", query="rate(up)")


def test_who_has_nobody_to_ask_is_away_and_without_kafka_nothing_is_sent(world: World) -> None:
    expected = {
        ("page", "CommontimeServiceDown", "availability"),
        ("page", "CommontimeServiceDown", "event-lifecycle"),
        ("page", "CommontimeRelayStopped", "poll-api"),
        ("page", "CommontimeRelayStopped", "recommender"),
    }
    eventually(lambda: expected <= world.pager.told, PATIENCE)
    assert ("CommontimeServiceDown", "recommender") not in world.watching.firing()


def test_who_waits_for_the_watchdog_hears_it(world: World) -> None:
    eventually(lambda: ("watchdog", "CommontimeWatchdog", "") in world.pager.told, PATIENCE)


def test_a_service_that_is_stopped_wakes_somebody_and_what_follows_is_kept_back(
    world: World,
) -> None:
    away = ("page", "CommontimeServiceDown", "poll-api")
    with world.without(WATCHED[0]):
        eventually(lambda: away in world.pager.told, PATIENCE)
        kept_back = ("CommontimeReplicaDown", "poll-api")
        eventually(lambda: kept_back in world.watching.kept_back(), PATIENCE)
        assert ("CommontimeServiceDown", "recommender") not in world.watching.firing()
