"""What alerts and dashboards ask for is there to be asked."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from standalone import backup_metrics
from standalone.metrics_page import running
from standalone.services import SERVICES

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"
# No service shows it: what Prometheus makes itself, what a node exporter shows where there is one,
# of `commontime backup --metrics` too, and what CloudNativePG's exporter does.
OTHERS = {
    *("up", "ALERTS", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"),
    backup_metrics.NAME,
    "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp",
}

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shown(
    template_database: TemplateDatabase, module_database: NewDatabase
) -> AsyncGenerator[dict[str, str]]:
    """What each service shows at /metrics, by its name."""
    databases = {
        one.name: module_database(template_database(one.database, *one.migration_folders()))
        for one in SERVICES
    }
    async with running(databases) as registries:
        yield {name: generate_latest(registry).decode() for name, registry in registries.items()}


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
    """Names of metrics in it; those with a colon are recorded by rules."""
    without_strings = re.sub(r'"[^"]*"', "", expression)
    without_labels = re.sub(r"\{[^}]*\}|\b(by|on) \([^)]*\)|\[[^\]]*\]", "", without_strings)
    words = set(re.findall(r"(?<![\w:$])[a-zA-Z_][\w:]*\b(?!\s*\()", without_labels))
    return {word for word in words if ":" not in word} - {"and", "or", "unless", "on"}


def test_every_metric_that_is_asked_for_is_shown(shown: dict[str, str]) -> None:
    there = set[str]().union(*map(series, shown.values())) | OTHERS
    missing = {
        (where, name) for where, expression in expressions() for name in asked(expression) - there
    }
    assert missing == set()


def test_every_ratio_that_is_asked_for_is_recorded() -> None:
    everything = list(expressions())
    recorded = {where.partition(": ")[2] for where, _ in everything}
    wanted = {name for _, one in everything for name in re.findall(r"\bcommontime:[\w:]+", one)}
    assert wanted
    assert wanted <= recorded


@pytest.mark.parametrize("service", [one.name for one in SERVICES])
def test_every_service_shows_what_is_asked_of_all(shown: dict[str, str], service: str) -> None:
    """Of one that shows nothing no alert ever comes."""
    everywhere = {
        *("http_requests_total", "process_start_time_seconds", "process_resident_memory_bytes"),
        *("commontime_build_info", "commontime_database_pool_waiting", "commontime_relay_leading"),
        *("commontime_outbox_oldest_seconds", "commontime_outbox_facts", "inbox_lag_seconds"),
        *("inbox_lag_facts", "inbox_last_progress_timestamp_seconds", "inbox_parked_keys"),
        "inbox_dead_letters_total",
    }
    assert everywhere <= series(shown[service])


@pytest.mark.parametrize("topic", ["polls", "schedules"])
def test_topics_are_counted_under_the_names_that_rules_know(
    shown: dict[str, str], topic: str
) -> None:
    counted = "".join(shown.values())
    assert f'commontime_relay_sent_total{{topic="commontime.{topic}"}}' in counted
    rules = (OBSERVABILITY / "rules" / "facts.yaml").read_text()
    assert f'commontime_relay_sent_total{{topic=~".*commontime.{topic}"}}' in rules


def test_both_services_with_timers_show_them(shown: dict[str, str]) -> None:
    timers = {name for _, one in expressions() for name in asked(one) if "_timers_" in name}
    assert timers
    for service in ("poll-api", "event-lifecycle"):
        assert timers <= series(shown[service])


def test_a_limit_that_rules_count_below_is_one_that_is_counted(
    shown: dict[str, str],
) -> None:
    """Of another limit Prometheus has nothing, and the alert would be silent for ever."""
    limits = {
        limit
        for _, expression in expressions()
        for limit in re.findall(r'(\w+_bucket)\{[^}]*le="([^"]+)"\}', expression)
    }
    assert len(limits) == 4
    counted = {
        (sample.name, sample.labels["le"])
        for metrics in shown.values()
        for family in text_string_to_metric_families(metrics)
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
    assert asked('sum by (job) (a{b="c d"}) / on (e) f_g > 0.5 or time() - up') == {
        "a",
        "f_g",
        "up",
    }
    assert "commontime_timers_fired_total" not in series("")
