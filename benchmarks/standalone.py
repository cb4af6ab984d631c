"""The one-machine runtime: how quickly it answers, what it weighs, what it costs when idle.

There is no baseline to stand beside: the targets bound the figures themselves.
"""

import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.report import Row, report
from standalone.api import Api
from standalone.processes import memory_of
from standalone.testing import Instance, eventually

RUNS = 3
IDLE = 30
SETTLE = 10


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="commontime-bench-") as folder:
        instance = Instance(Path(folder))
        try:
            first = _seconds_to_answer(instance)
            _stop(instance, signal.SIGTERM)
            warm = [_again(instance, signal.SIGTERM) for _ in range(RUNS)]
            after_kill = [_again(instance, signal.SIGKILL) for _ in range(RUNS)]
            consumed = _seconds_to_consume_after_a_kill(instance)
            time.sleep(SETTLE)
            idle = _idle_cpu(instance)
            memory = memory_of(instance.running.launcher) / 1e6
        finally:
            instance.clean_up()
    return report(
        "standalone",
        [
            Row("start on a new home", "s", first, better="lower"),
            Row("warm start to first answer", "s", median(warm), target=4, better="lower"),
            Row("after kill -9 of everything", "s", median(after_kill), target=5, better="lower"),
            Row("… to a schedule consumed", "s", consumed, target=5, better="lower"),
            Row("idle memory of everything", "MB", memory, target=600, better="lower"),
            Row("idle processor use", "% of one", idle, target=8, better="lower"),
        ],
    )


def _seconds_to_answer(instance: Instance) -> float:
    began = time.monotonic()
    instance.ups()
    eventually(lambda: instance.status("/readyz") == 200, 120)
    return time.monotonic() - began


def _again(instance: Instance, how: signal.Signals) -> float:
    seconds = _seconds_to_answer(instance)
    _stop(instance, how)
    return seconds


def _stop(instance: Instance, how: signal.Signals) -> None:
    instance.signals(how)
    instance.ends()
    instance.leaves_nothing()


def _seconds_to_consume_after_a_kill(instance: Instance) -> float:
    """From `commontime up` until a schedule submitted at once shows in a recommendation."""
    began = time.monotonic()
    _seconds_to_answer(instance)
    api = Api(instance.running.url)
    poll = api.call("POST", "/api/v1/polls", body=_poll()).body
    path = f"/api/v1/polls/{poll['id']}"
    answer, organiser = poll["capabilities"]["answer"], poll["capabilities"]["organiser"]
    joined = api.call("POST", f"{path}/participants", answer, {"name": "Ann"}).body
    edit = joined["capabilities"]["edit"]
    schedule = f"{path}/participants/{joined['id']}/schedule"
    api.call("PUT", schedule, edit, {"intervals": poll["slots"][:1]})
    best = f"{path}/recommendations"
    eventually(lambda: bool(api.get(best, organiser).body["recommendations"]), 60)
    return time.monotonic() - began


def _poll() -> dict[str, Any]:
    start = "2100-01-04T09:00:00Z"
    window = {"start": start, "end": "2100-01-04T17:00:00Z"}
    return {"title": "Benchmark", "window": window, "duration": "PT1H"}


def _idle_cpu(instance: Instance) -> float:
    before = _processor_seconds(instance)
    time.sleep(IDLE)
    return (_processor_seconds(instance) - before) / IDLE * 100


def _processor_seconds(instance: Instance) -> float:
    launcher = psutil.Process(instance.running.launcher)
    family = [launcher, *launcher.children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in family)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
