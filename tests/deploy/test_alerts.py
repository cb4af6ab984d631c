"""Prometheus's own tool takes the rules, their unit tests pass, and would notice mistakes."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Promtool = Callable[..., str | None]

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "observability" / "rules"
RUNBOOKS = ROOT / "deploy" / "runbooks"
SUBJECTS = sorted(path.name for path in RULES.glob("*.yaml"))


def groups(subject: str) -> list[dict[str, Any]]:
    return yaml.safe_load((RULES / subject).read_text())["groups"]


ALERTS = [
    pytest.param(subject, group, number, id=f"{rule['alert']} {rule['labels']['severity']}")
    for subject in SUBJECTS
    for group, one in enumerate(groups(subject))
    for number, rule in enumerate(one["rules"])
    if "alert" in rule
]


WATCHDOG = "CommontimeWatchdog"
# One that fires always is right, so that only "never" would be a mistake.
MISTAKES = [
    pytest.param(*parameter.values, wrong, id=f"{parameter.id} {how}")
    for parameter in ALERTS
    for how, wrong in (("never", "vector(0) > 1"), ("always", "vector(1)"))
    if how == "never" or not str(parameter.id).startswith(WATCHDOG)
]


def alert(subject: str, group: int, number: int) -> dict[str, Any]:
    return groups(subject)[group]["rules"][number]


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A copy of the rules, for mistakes."""
    return shutil.copytree(RULES, tmp_path / "rules")


def test_every_subject_has_rules_and_tests() -> None:
    assert SUBJECTS
    assert sorted(path.name for path in (RULES / "tests").iterdir()) == SUBJECTS


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_rules_are_right_and_do_what_their_tests_say(promtool: Promtool, subject: str) -> None:
    assert promtool("check", "rules", RULES / subject) is None
    assert promtool("test", "rules", RULES / "tests" / subject) is None


def test_the_rules_of_the_objectives_are_what_the_code_writes(tmp_path: Path) -> None:
    code = RULES.parent / "objectives.py"
    subprocess.run([sys.executable, "-B", str(code), str(tmp_path)], check=True, timeout=60)
    written = (tmp_path / "objectives.yaml").read_text()
    assert written == (RULES / "objectives.yaml").read_text(), f"run {code.name}"


def test_a_ratio_is_of_the_time_it_is_named_for() -> None:
    recorded = [rule for group in groups("objectives.yaml") for rule in group["rules"]]
    ratios = [rule for rule in recorded if "record" in rule]
    assert ratios
    for rule in ratios:
        windows = set(re.findall(r"\[(\w+)\]", rule["expr"]))
        assert windows == set(re.findall(r":(?:ratio|bad)(\w+)", rule["record"]))


def test_how_fast_is_too_fast_is_what_was_agreed() -> None:
    """The shares are written in percent here, and computed there."""
    limits = {
        alert["alert"].removeprefix("Commontime"): limit
        for group in groups("objectives.yaml")
        for alert in group["rules"]
        if alert.get("labels") == {"severity": "page"}
        for limit in re.findall(r"ratio1h > ([\d.]+)", alert["expr"])
    }
    assert limits == {
        "CommandsFailing": "0.0144",
        "CommandsSlow": "0.144",
        "VisibilitySlow": "0.144",
        "TimersLate": "0.144",
        "WebhooksLate": "0.144",
    }


def test_what_cannot_be_parsed_would_be_noticed(promtool: Promtool, planted: Path) -> None:
    rules = planted / "facts.yaml"
    rules.write_text(rules.read_text().replace("sum by (job) (", "sum by (job ("))
    assert promtool("check", "rules", rules)


@pytest.mark.parametrize(("subject", "group", "number", "wrong"), MISTAKES)
def test_an_alert_that_comes_never_or_always_would_be_noticed(
    promtool: Promtool, planted: Path, subject: str, group: int, number: int, wrong: str
) -> None:
    rules = yaml.safe_load((planted / subject).read_text())
    rules["groups"][group]["rules"][number]["expr"] = wrong
    (planted / subject).write_text(yaml.safe_dump(rules))
    assert promtool("test", "rules", planted / "tests" / subject)


@pytest.mark.parametrize(("subject", "group", "number"), ALERTS)
def test_an_alert_says_how_urgent_it_is_and_where_to_read_what_to_do(
    subject: str, group: int, number: int
) -> None:
    rule = alert(subject, group, number)
    urgent = {"none"} if rule["alert"] == WATCHDOG else {"page", "ticket"}
    assert rule["labels"]["severity"] in urgent
    assert rule["annotations"]["summary"]
    runbook = ROOT / rule["annotations"]["runbook"]
    assert runbook.parent == RUNBOOKS
    assert rule["alert"] in runbook.read_text()


def test_the_guide_tells_of_every_alert_how_urgent_it_is() -> None:
    told = re.findall(
        r"^\| \[(\w+)\]\(\.\./(\S+)\) \| ([a-z, ]+) \| .+ \|$",
        (ROOT / "docs" / "operate.md").read_text(),
        re.M,
    )
    expected: dict[tuple[str, str], list[str]] = {}
    for subject in SUBJECTS:
        for rule in (rule for group in groups(subject) for rule in group["rules"]):
            if "alert" in rule:
                key = rule["alert"].removeprefix("Commontime"), rule["annotations"]["runbook"]
                expected.setdefault(key, []).append(rule["labels"]["severity"])
    assert {(name, runbook): how.split(", ") for name, runbook, how in told} == expected


def test_every_runbook_belongs_to_an_alert() -> None:
    named = {
        rule["annotations"]["runbook"]
        for subject in SUBJECTS
        for group in groups(subject)
        for rule in group["rules"]
        if "alert" in rule
    }
    there = {str(path.relative_to(ROOT)) for path in RUNBOOKS.glob("*.md")}
    assert there - {"deploy/runbooks/README.md"} == named
