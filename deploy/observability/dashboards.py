"""Writes the dashboards as Grafana imports them: `python dashboards.py grafana`, in this folder."""

import json
import sys
from pathlib import Path

from drawing import drawn
from events_and_webhooks import DASHBOARD as EVENTS_AND_WEBHOOKS
from overview import DASHBOARD as OVERVIEW
from recommendations import DASHBOARD as RECOMMENDATIONS
from services_and_consumers import DASHBOARD as SERVICES_AND_CONSUMERS

DASHBOARDS = (OVERVIEW, SERVICES_AND_CONSUMERS, RECOMMENDATIONS, EVENTS_AND_WEBHOOKS)


def main(folder: Path) -> None:
    for dashboard in DASHBOARDS:
        text = json.dumps(drawn(dashboard), indent=2, ensure_ascii=False)
        (folder / f"{dashboard.uid}.json").write_text(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
