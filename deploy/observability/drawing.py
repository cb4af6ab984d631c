"""How a dashboard is drawn by Grafana: graphs under headings, three in a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 24
HEIGHT = 8
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True)
class Panel:
    """A graph. `lines` are PromQL by legend; `limit` is drawn as a red line, in `unit`."""

    title: str
    says: str
    unit: str
    lines: dict[str, str]
    limit: float | None = None
    width: int = 8


@dataclass(frozen=True)
class Dashboard:
    """`rows` are panels under a heading each."""

    uid: str
    title: str
    rows: dict[str, Sequence[Panel]]


def percentile(which: float, histogram: str, by: str = "") -> str:
    """The value below which that share of the observations lies, of all replicas together."""
    labels = f"le, {by}" if by else "le"
    rate = f"sum by ({labels}) (rate({histogram}_bucket[$__rate_interval]))"
    return f"histogram_quantile({which}, {rate})"


def drawn(dashboard: Dashboard) -> dict[str, Any]:
    """As Grafana imports it."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["commontime"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "source",
                    "label": "Data source",
                    "type": "datasource",
                    "query": _SOURCE["type"],
                }
            ]
        },
        "panels": _placed(dashboard.rows),
    }


def _placed(rows: dict[str, Sequence[Panel]]) -> list[dict[str, Any]]:
    placed: list[dict[str, Any]] = []
    y = 0
    for heading, panels in rows.items():
        where = {"x": 0, "y": y, "w": WIDTH, "h": 1}
        placed.append({"type": "row", "title": heading, "collapsed": False, "gridPos": where})
        x, y = 0, y + 1
        for panel in panels:
            if x + panel.width > WIDTH:
                x, y = 0, y + HEIGHT
            where = {"x": x, "y": y, "w": panel.width, "h": HEIGHT}
            placed.append({**_graph(panel), "gridPos": where})
            x += panel.width
        y += HEIGHT
    return [{"id": number, **one} for number, one in enumerate(placed, start=1)]


def _graph(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.says,
        "datasource": _SOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": {"thresholdsStyle": {"mode": "off" if panel.limit is None else "line"}},
            },
            "overrides": [],
        },
        "options": {"tooltip": {"mode": "multi"}, "legend": {"displayMode": "list"}},
        "targets": [
            {"refId": chr(ord("A") + number), "legendFormat": legend, "expr": expression}
            for number, (legend, expression) in enumerate(panel.lines.items())
        ],
    }
