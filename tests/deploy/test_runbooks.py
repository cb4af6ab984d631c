"""What a runbook asks PostgreSQL and calls over HTTP exists."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

import event_lifecycle.migrations
import recommender.migrations

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]

ROOT = Path(__file__).parents[2]
RUNBOOKS = sorted((ROOT / "deploy" / "runbooks").glob("*.md"))
OPENAPI = ROOT / "contracts" / "openapi" / "event-lifecycle.json"
PARTS = ["What it means", "What users notice", "What to look at", "What to do"]
DASHBOARDS = {
    json.loads(path.read_text())["title"]
    for path in (ROOT / "deploy" / "observability" / "grafana").glob("*.json")
}
EACH_RUNBOOK = pytest.mark.parametrize("runbook", RUNBOOKS, ids=[path.stem for path in RUNBOOKS])


@pytest.fixture(scope="module")
def databases(template_database: TemplateDatabase, module_database: NewDatabase) -> dict[str, str]:
    """By service. What several services have, the tables of facts and of timers, is the same."""
    folders = {
        "event-lifecycle": event_lifecycle.migrations.FOLDERS,
        "recommender": recommender.migrations.FOLDERS,
    }
    return {
        name: module_database(template_database(name.replace("-", "_"), *those))
        for name, those in folders.items()
    }


@EACH_RUNBOOK
def test_its_queries_can_be_asked(databases: dict[str, str], runbook: Path) -> None:
    for query in re.findall(r"^```sql\n(.*?)^```$", runbook.read_text(), re.M | re.S):
        named = re.match(r"-- in ([a-z-]+)\n", query)
        with psycopg.connect(databases[named[1] if named else "event-lifecycle"]) as connection:
            connection.execute(query.encode())


@EACH_RUNBOOK
def test_what_it_calls_is_part_of_the_api(runbook: Path) -> None:
    templates = json.loads(OPENAPI.read_text())["paths"]
    known = [re.sub(r"{\w+}", "[^/]+", template) for template in templates]
    for called in re.findall(r"\$API(/[^\s\"`?]+)", runbook.read_text()):
        assert any(re.fullmatch(one, f"/api/v1{called}") for one in known), called


@EACH_RUNBOOK
def test_it_says_what_it_means_who_notices_where_to_look_and_what_to_do(runbook: Path) -> None:
    if runbook.stem != "README":
        text = runbook.read_text()
        assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.M) == PARTS
        alert = re.match(r"# Commontime(\w+)\n", text)
        assert alert
        assert re.sub(r"(?<!^)([A-Z])", r"-\1", alert[1]).lower() == runbook.stem


@EACH_RUNBOOK
def test_what_it_points_at_exists(runbook: Path) -> None:
    text = runbook.read_text()
    for file in re.findall(r"\]\(([^)#]+)\)", text):
        assert (runbook.parent / file).exists(), file
    for name in re.findall(r"[Dd]ashboard \*([^*]+)\*", text):
        assert name in DASHBOARDS
