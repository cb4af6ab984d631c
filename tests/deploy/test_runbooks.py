"""What a runbook asks PostgreSQL and calls over HTTP exists."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

import event_lifecycle.migrations

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]

ROOT = Path(__file__).parents[2]
RUNBOOKS = sorted((ROOT / "deploy" / "runbooks").glob("*.md"))
OPENAPI = ROOT / "contracts" / "openapi" / "event-lifecycle.json"
EACH_RUNBOOK = pytest.mark.parametrize("runbook", RUNBOOKS, ids=[path.stem for path in RUNBOOKS])


@pytest.fixture(scope="module")
def database(template_database: TemplateDatabase, module_database: NewDatabase) -> str:
    """Of event-lifecycle; the tables of timers are those of poll-api, too."""
    folders = event_lifecycle.migrations.FOLDERS
    return module_database(template_database("event_lifecycle", *folders))


@EACH_RUNBOOK
def test_its_queries_can_be_asked(database: str, runbook: Path) -> None:
    with psycopg.connect(database) as connection:
        for query in re.findall(r"^```sql\n(.*?)^```$", runbook.read_text(), re.M | re.S):
            connection.execute(query.encode())


@EACH_RUNBOOK
def test_what_it_calls_is_part_of_the_api(runbook: Path) -> None:
    templates = json.loads(OPENAPI.read_text())["paths"]
    known = [re.sub(r"{\w+}", "[^/]+", template) for template in templates]
    for called in re.findall(r"\$API(/[^\s\"`?]+)", runbook.read_text()):
        assert any(re.fullmatch(one, f"/api/v1{called}") for one in known), called
