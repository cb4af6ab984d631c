"""Alertmanager's own tool takes the configuration, and sends each alert to whom it is for."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"
PARTS = [OBSERVABILITY / "alertmanager" / name for name in ("routes.yaml", "receivers.yaml")]
ALERTS = {
    (rule["alert"], rule["labels"]["severity"])
    for path in (OBSERVABILITY / "rules").glob("*.yaml")
    for group in yaml.safe_load(path.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
}


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """Both files in one, as the container puts them together."""
    file = tmp_path / "alertmanager.yaml"
    file.write_text("".join(part.read_text() for part in PARTS))
    return file


def amtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    found = shutil.which("amtool")
    if found is None:
        pytest.skip("amtool is not installed (Debian: apt-get install prometheus-alertmanager)")
    return subprocess.run([found, *words], capture_output=True, text=True, check=False, timeout=60)


def test_the_configuration_is_taken(configuration: Path) -> None:
    assert amtool("check-config", configuration).returncode == 0


def test_a_mistake_in_it_would_be_noticed(configuration: Path) -> None:
    configuration.write_text(configuration.read_text().replace("- name: page", "- name: nobody"))
    assert amtool("check-config", configuration).returncode != 0


@pytest.mark.parametrize(("alert", "severity"), sorted(ALERTS))
def test_who_is_told_of_an_alert_is_who_it_is_for(
    configuration: Path, alert: str, severity: str
) -> None:
    labels = (f"alertname={alert}", f"severity={severity}", "job=poll-api")
    routed = amtool("config", "routes", "test", f"--config.file={configuration}", *labels)
    assert routed.stdout.strip() == ("watchdog" if severity == "none" else severity)


def test_what_says_nothing_about_its_urgency_wakes_nobody(configuration: Path) -> None:
    routed = amtool("config", "routes", "test", f"--config.file={configuration}", "alertname=Other")
    assert routed.stdout.strip() == "ticket"


def test_what_is_kept_back_and_why_are_alerts_that_exist() -> None:
    rules: list[dict[str, Any]] = yaml.safe_load(PARTS[0].read_text())["inhibit_rules"]
    named = {
        name
        for rule in rules
        for matcher in rule["source_matchers"] + rule["target_matchers"]
        if matcher.startswith("alertname")
        for name in matcher.partition('"')[2].rstrip('"').split("|")
    }
    assert len(named) > 10
    assert named <= {alert for alert, _ in ALERTS}
