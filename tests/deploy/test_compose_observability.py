"""The second file of Compose, with what watches, as far as it can be judged without an engine."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from standalone.environment import SECRETS
from standalone.home import Home
from standalone.metrics import metrics_target
from standalone.services import SERVICES
from standalone.settings import Settings

Promtool = Callable[..., str | None]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "compose"
FILE = FOLDER / "compose.observability.yaml"
FIRST: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SECOND: dict[str, Any] = yaml.safe_load(FILE.read_text())
OURS = [service.name for service in SERVICES]
WATCHERS = {name: one for name, one in SECOND["services"].items() if name not in OURS}
EACH_WATCHER = pytest.mark.parametrize("name", list(WATCHERS))


def both() -> dict[str, Any]:
    """As Compose puts the two files together: mappings are merged."""
    containers = dict(FIRST["services"])
    for name, more in SECOND["services"].items():
        before = containers.get(name, {})
        environment = {**before.get("environment", {}), **more.get("environment", {})}
        containers[name] = {**before, **more, "environment": environment}
    return {
        "services": containers,
        **{part: {**FIRST[part], **SECOND[part]} for part in ("volumes", "secrets")},
    }


def complaint(*words: str | Path) -> str | None:
    ran = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=60
    )
    return None if ran.returncode == 0 else ran.stdout + ran.stderr


def test_it_fits_the_specification_and_with_the_first_file_the_rules_of_safety(
    tmp_path: Path,
) -> None:
    schema = ("check_jsonschema", "--builtin-schema", "vendor.compose-spec")
    assert complaint(*schema, FILE) is None
    together = tmp_path / "both.yaml"
    together.write_text(yaml.safe_dump(both()))
    assert complaint(*schema, together) is None
    rules = ROOT / "deploy" / "checks" / "compose-lint.yaml"
    words = "check --fail-on low --no-env --quiet --strict-config --config"
    assert complaint("compose_lint", *words.split(), rules, together) is None


@EACH_WATCHER
def test_what_watches_may_write_nothing_and_become_nobody_else(name: str) -> None:
    container = WATCHERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert container["mem_limit"]
    assert container["stop_grace_period"]
    image = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", container["image"])
    assert re.search(r":v?\d+\.\d+\.\d+$", image), f"{image} names no version"


@EACH_WATCHER
def test_it_is_reached_from_this_machine_only(name: str) -> None:
    for port in WATCHERS[name].get("ports", []):
        assert port.startswith("127.0.0.1:${")


@EACH_WATCHER
def test_what_it_mounts_from_here_is_there_and_cannot_be_changed_by_it(name: str) -> None:
    for mount in WATCHERS[name]["volumes"]:
        source, _, mode = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", mount).partition(":")
        if source in SECOND["volumes"]:
            continue
        assert (FOLDER / source).exists(), source
        assert mode.endswith(":ro"), mount


def test_nobody_is_let_into_grafana_without_the_password_from_the_file() -> None:
    environment = WATCHERS["grafana"]["environment"]
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_USERS_ALLOW_SIGN_UP"] == "false"
    password = environment["GF_SECURITY_ADMIN_PASSWORD__FILE"].removeprefix("/run/secrets/")
    assert WATCHERS["grafana"]["secrets"] == [password]
    assert SECOND["secrets"] == {password: {"file": f"./secrets/{password}"}}


def test_every_service_sends_its_traces_to_the_collector_which_takes_them() -> None:
    receivers = read("otel-collector.yaml")["receivers"]["otlp"]["protocols"]
    port = receivers["http"]["endpoint"].rpartition(":")[2]
    for name in OURS:
        environment = both()["services"][name]["environment"]
        assert environment["OTEL_TRACES_EXPORTER"] == "otlp"
        assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://otel-collector:{port}"
        assert environment["OTEL_SERVICE_NAME"] == name


def test_the_collector_hands_them_to_the_store_which_grafana_asks() -> None:
    collector, store = read("otel-collector.yaml"), read("tempo.yaml")
    takes = store["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
    assert collector["exporters"]["otlp"]["endpoint"] == f"tempo:{takes.rpartition(':')[2]}"
    pipeline = collector["service"]["pipelines"]["traces"]
    assert pipeline["processors"][0] == "memory_limiter"
    for part in ("receivers", "processors", "exporters"):
        assert set(pipeline[part]) == set(collector[part])
    urls = {
        source["type"]: source["url"]
        for source in read("provisioning/datasources/commontime.yaml")["datasources"]
    }
    assert urls == {
        "prometheus": "http://prometheus:9090",
        "tempo": f"http://tempo:{store['server']['http_listen_port']}",
    }


def test_the_dashboards_are_mounted_where_grafana_looks_for_them() -> None:
    [provider] = read("provisioning/dashboards/commontime.yaml")["providers"]
    folder = provider["options"]["path"]
    assert f"../observability/grafana:{folder}:ro" in WATCHERS["grafana"]["volumes"]


def test_prometheus_scrapes_each_service_under_its_own_name() -> None:
    jobs = read("prometheus.yaml")["scrape_configs"]
    found = {job["job_name"]: job["dns_sd_configs"][0] for job in jobs}
    assert set(found) == set(OURS)
    for name, where in found.items():
        assert (where["names"], where["type"], where["port"]) == ([name], "A", 8080)


def test_an_instance_on_one_machine_is_scraped_by_the_path_of_each_service(
    promtool: Promtool, tmp_path: Path
) -> None:
    """Where it keeps the admin token, and at the port, that it takes by default."""
    folder = tmp_path / "deploy" / "observability"
    shutil.copytree(ROOT / "deploy" / "observability", folder)
    home = Home(tmp_path / ".commontime")
    home.create()
    home.secret_file(SECRETS["COMMONTIME_ADMIN_TOKEN"])
    assert promtool("check", "config", folder / "prometheus-standalone.yaml") is None
    jobs = read("prometheus-standalone.yaml")["scrape_configs"]
    assert {job["job_name"]: metrics_target(job["metrics_path"]) for job in jobs} == {
        name: name for name in OURS
    }
    port = Settings.model_fields["port"].default
    targets = [job["static_configs"] for job in jobs]
    assert targets == [[{"targets": [f"127.0.0.1:{port}"]}]] * len(OURS)


def test_prometheus_takes_the_configuration_of_compose(promtool: Promtool) -> None:
    assert promtool("check", "config", ROOT / "deploy/observability/prometheus.yaml") is None


def test_the_memory_that_is_too_much_is_nine_tenths_of_what_compose_gives() -> None:
    rules = (ROOT / "deploy" / "observability" / "rules" / "services.yaml").read_text()
    limits = dict.fromkeys(OURS, "")
    for selector, mebibytes in re.findall(
        r'process_resident_memory_bytes\{job=~?"([^"]+)"\} > 0\.9 \* (\d+) \* 1024 \* 1024', rules
    ):
        limits |= {name: f"{mebibytes}m" for name in selector.split("|")}
    assert limits == {name: FIRST["services"][name]["mem_limit"] for name in OURS}


def read(file: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "deploy" / "observability" / file).read_text())
