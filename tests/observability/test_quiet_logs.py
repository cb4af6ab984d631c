"""What is away is told, and not over and over."""

import json
from collections import Counter
from pathlib import Path
from time import monotonic, sleep

from standalone.lone_service import LoneService


def test_a_service_without_kafka_and_peers_says_so_and_does_not_go_on_about_it(
    databases: dict[str, str], tmp_path: Path
) -> None:
    service = LoneService("recommender", databases["recommender"], tmp_path)
    try:
        service.starts()
        ends = monotonic() + 10
        while monotonic() < ends:
            sleep(0.1)
        lines = [json.loads(line) for line in service.log.read_text().splitlines()]
    finally:
        service.stops()
    assert {"broker_away", "background work failed, trying again"} <= {
        line["event"] for line in lines
    }
    assert len(lines) <= 60, Counter(line["event"] for line in lines)
