"""How a dashboard is drawn by Grafana: graphs and figures under headings, in rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 24
HEIGHT = 8
LOW = 4
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_GRAPH = {"tooltip": {"mode": "multi"}, "legend": {"displayMode": "list"}}
_FIGURE = {"colorMode": "background", "reduceOptions": {"calcs": ["lastNotNull"]}}


@dataclass(frozen=True)
class Panel:
    """A graph, or the `figure` of now. `lines` are PromQL by legend.

    `limit` is drawn as a red line, in `unit`; a figure is red from there on.
    """

    title: str
    says: str
    unit: str
    lines: dict[str, str]
    limit: float | None = None
    width: int = 8
    figure: bool = False


@dataclass(frozen=True)
class Dashboard:
    """`rows` are panels under a heading each."""

    uid: str
    title: str
    rows: dict[str, Sequence[Panel]]


def percentile(which: float, histogram: str, by: str = "", selector: str = "") -> str:
    """The value below which that share of the observations lies, of all replicas together."""
    labels = f"le, {by}" if by else "le"
    chosen = f"{{{selector}}}" if selector else ""
    rate = f"sum by ({labels}) (rate({histogram}_bucket{chosen}[$__rate_interval]))"
    return f"histogram_quantile({which}, {rate})"


def spread(histogram: str, *, by: str = "") -> dict[str, str]:
    """The middle and the slowest hundredth, by legend."""
    whose = f" {{{{{by}}}}}" if by else ""
    return {f"p{which * 100:.0f}{whose}": percentile(which, histogram, by) for which in (0.5, 0.99)}


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
        height = LOW if all(panel.figure for panel in panels) else HEIGHT
        for panel in panels:
            if x + panel.width > WIDTH:
                x, y = 0, y + height
            where = {"x": x, "y": y, "w": panel.width, "h": height}
            placed.append({**_panel(panel), "gridPos": where})
            x += panel.width
        y += height
    return [{"id": number, **one} for number, one in enumerate(placed, start=1)]


def _panel(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    line = "off" if panel.limit is None else "line"
    return {
        "type": "stat" if panel.figure else "timeseries",
        "title": panel.title,
        "description": panel.says,
        "datasource": _SOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "thresholds": {"mode": "absolute", "steps": steps},
                **({} if panel.figure else {"custom": {"thresholdsStyle": {"mode": line}}}),
            },
            "overrides": [],
        },
        "options": _FIGURE if panel.figure else _GRAPH,
        "targets": [
            {"refId": chr(ord("A") + number), "legendFormat": legend, "expr": expression}
            for number, (legend, expression) in enumerate(panel.lines.items())
        ],
    }
