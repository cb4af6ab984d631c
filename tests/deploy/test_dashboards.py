"""The committed dashboards are those of the code, and ask only what Prometheus can answer."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

Promtool = Callable[..., str | None]

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"
COMMITTED = OBSERVABILITY / "grafana"
DASHBOARDS = sorted(COMMITTED.iterdir())
NAMES = [path.stem for path in DASHBOARDS]


def panels(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["panels"]


def expressions(path: Path) -> Iterator[str]:
    """PromQL as it is asked; the one variable is what Grafana puts in for it."""
    for panel in panels(path):
        for target in panel.get("targets", []):
            yield target["expr"].replace("$__rate_interval", "5m")


def test_they_are_what_the_code_writes(tmp_path: Path) -> None:
    code = OBSERVABILITY / "dashboards.py"
    subprocess.run([sys.executable, "-B", str(code), str(tmp_path)], check=True, timeout=60)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text() for path in DASHBOARDS}
    assert written == committed, "run deploy/observability/dashboards.py"


@pytest.mark.parametrize("path", DASHBOARDS, ids=NAMES)
def test_every_graph_asks_something_and_says_what_it_means(
    promtool: Promtool, path: Path, tmp_path: Path
) -> None:
    graphs = [panel for panel in panels(path) if panel["type"] != "row"]
    assert graphs
    for graph in graphs:
        assert graph["title"]
        assert graph["description"].endswith("."), graph["title"]
        assert graph["targets"], graph["title"]
    assert refusal(promtool, expressions(path), tmp_path) is None


def test_a_question_that_cannot_be_asked_would_be_noticed(
    promtool: Promtool, tmp_path: Path
) -> None:
    assert refusal(promtool, ["rate(commontime_timers_fired_total)"], tmp_path)


@pytest.mark.parametrize("path", DASHBOARDS, ids=NAMES)
def test_panels_lie_beside_each_other_and_not_on_each_other(path: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(path):
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not taken & cells, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in panels(path)}) == len(panels(path))


def refusal(promtool: Promtool, asked: Iterable[str], folder: Path) -> str | None:
    """What is wrong with any of the expressions: each is checked as a rule."""
    rules = [{"record": f"asked:{number}", "expr": one} for number, one in enumerate(asked)]
    file = folder / "asked.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    return promtool("check", "rules", file)
