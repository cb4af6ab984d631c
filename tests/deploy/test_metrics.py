"""What alerts and dashboards ask for is there to be asked."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
import yaml
from prometheus_client.parser import text_string_to_metric_families

import event_lifecycle.main
import event_lifecycle.migrations
import event_lifecycle.settings
import poll_api.main
import poll_api.migrations
import poll_api.settings

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"
# Connecting to port 1 of this machine is refused at once: neither Kafka nor peers matter here.
NOBODY = "127.0.0.1:1"
SHARED: dict[str, Any] = {
    "kafka_bootstrap_servers": NOBODY,
    "instance_id": "one",
    "service_token": "between-services",
    "public_url": "http://localhost:8000",
    "poll_api_url": f"http://{NOBODY}",
    "availability_url": f"http://{NOBODY}",
    "recommender_url": f"http://{NOBODY}",
    "admin_token": "admin-token-of-tests",
    "encryption_key": "an encryption key for these tests",
    "signing_key": "a-secret-that-signs-only-in-tests",
}

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shown(
    template_database: TemplateDatabase, module_database: NewDatabase
) -> AsyncGenerator[dict[str, str]]:
    """What event-lifecycle and poll-api show at /metrics, by service."""

    def database(name: str, folders: tuple[Path, ...]) -> str:
        return module_database(template_database(name, *folders))

    values: dict[str, Any] = {
        **SHARED,
        "database_url": database("event_lifecycle", event_lifecycle.migrations.FOLDERS),
    }
    lifecycle = event_lifecycle.main.create_app(event_lifecycle.settings.Settings(**values))
    values = {**SHARED, "database_url": database("poll_api", poll_api.migrations.FOLDERS)}
    polls = poll_api.main.create_app(poll_api.settings.Settings(**values))
    async with lifecycle.router.lifespan_context(lifecycle), polls.router.lifespan_context(polls):
        yield {
            "event-lifecycle": await metrics_of(lifecycle),
            "poll-api": await metrics_of(polls),
        }


async def metrics_of(app: Any) -> str:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.get("/metrics")).text


def series(metrics: str) -> set[str]:
    """The names under which samples are stored."""
    names: set[str] = set()
    for family in text_string_to_metric_families(metrics):
        endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
        names |= {family.name + ending for ending in endings.get(family.type, [""])}
    return names


def expressions() -> Iterator[tuple[str, str]]:
    """Where it stands, and what is asked."""
    for path in (OBSERVABILITY / "rules").glob("*.yaml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                yield f"{path.name}: {rule.get('alert') or rule['record']}", rule["expr"]
    for path in (OBSERVABILITY / "grafana").glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield f"{path.name}: {panel['title']}", target["expr"]


def asked(expression: str) -> set[str]:
    """Names of our own metrics in it; those with a colon are recorded by rules."""
    return set(re.findall(r"(?<![\w:])commontime_\w+", expression))


def test_every_metric_that_is_asked_for_is_shown(shown: dict[str, str]) -> None:
    there = set[str]().union(*map(series, shown.values()))
    missing = {
        (where, name) for where, expression in expressions() for name in asked(expression) - there
    }
    assert missing == set()


def test_both_services_with_timers_show_them(shown: dict[str, str]) -> None:
    timers = {name for _, one in expressions() for name in asked(one) if "_timers_" in name}
    assert timers
    for metrics in shown.values():
        assert timers <= series(metrics)


def test_a_limit_that_rules_count_below_is_one_that_is_counted(
    shown: dict[str, str],
) -> None:
    """Of another limit Prometheus has nothing, and the alert would be silent for ever."""
    limits = {
        limit
        for _, expression in expressions()
        for limit in re.findall(r'(commontime_\w+_bucket)\{le="([^"]+)"\}', expression)
    }
    assert limits
    counted = {
        (sample.name, sample.labels["le"])
        for family in text_string_to_metric_families(shown["event-lifecycle"])
        for sample in family.samples
        if "le" in sample.labels
    }
    assert limits <= counted


def test_no_metric_of_ours_is_labelled_with_an_id(shown: dict[str, str]) -> None:
    for metrics in shown.values():
        for family in text_string_to_metric_families(metrics):
            for sample in family.samples:
                assert not {"id", "endpoint", "poll_id", "event_id", "key"} & set(sample.labels)


def test_a_metric_that_nobody_shows_would_be_noticed() -> None:
    assert asked("rate(commontime_timers_fired_total[5m])") == {"commontime_timers_fired_total"}
    assert asked("commontime:timers_late:ratio5m > 1") == set()
    assert "commontime_timers_fired_total" not in series("")
