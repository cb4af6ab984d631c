"""Writes `rules.yaml` from the rules of deploy/observability: `python rules.py`."""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
RULES = HERE.parents[2] / "observability" / "rules"


def prometheus_rules() -> str:
    """Return all rules as one PrometheusRule per file, in YAML."""
    return "# Written by rules.py; the rules themselves are in deploy/observability/rules.\n" + (
        yaml.safe_dump_all(map(_resource, sorted(RULES.glob("*.yaml"))), width=100, sort_keys=False)
    )


def _resource(file: Path) -> dict[str, Any]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": file.stem},
        "spec": yaml.safe_load(file.read_text()),
    }


if __name__ == "__main__":
    (HERE / "rules.yaml").write_text(prometheus_rules())
