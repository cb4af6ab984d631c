"""A rolling restart of every replica under 50 commands a second, beside the same load without one.

Four services, each twice, as separate processes behind the real gateway. A command is answered or
it has failed; one that is sent again, with its `Idempotency-Key`, is counted. A submission is
visible when an ordinary read through the gateway, which asks for no sequence, shows it.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "drivers"))

from benchmarks.report import Row, p50, p99, report
from commontime_driver import Commontime
from nothing_lost import nothing_lost
from rolling import Replaced, replace
from separate_processes import SeparateProcesses
from settings_under_test import UNLIMITED
from steady_load import Measured, SteadyLoad

RATE = 50
BASELINE_S = 60
VISIBLE_WITHIN_S = 3
Figures = tuple[Measured, Measured, list[Replaced]]


async def measure(deployment: SeparateProcesses) -> Figures:
    async with Commontime(deployment.url, deployment.admin_token) as driver:
        load = SteadyLoad(driver, rate=RATE)
        await load.prepares()
        async with nothing_lost(deployment, load):
            quiet = await load.for_seconds(BASELINE_S)
            async with load.running() as restarting:
                replaced = [await replace(deployment, one) for one in deployment.replicas]
    return quiet, restarting, replaced


def rows(quiet: Measured, restarting: Measured, replaced: list[Replaced]) -> list[Row]:
    return [
        _row("commands sent meanwhile", "", quiet, restarting, lambda m: sum(m.sent.values())),
        Row("… failed", "", len(restarting.failed), target=0, better="lower"),
        _row("… sent again", "", quiet, restarting, lambda m: sum(m.again.values())),
        _row("command answered, p50", "s", quiet, restarting, lambda m: p50(m.seconds)),
        _row("command answered, p99", "s", quiet, restarting, lambda m: p99(m.seconds)),
        _row("command answered, longest", "s", quiet, restarting, lambda m: max(m.seconds)),
        _row("submit → visible, p50", "s", quiet, restarting, lambda m: p50(m.visible)),
        _row("submit → visible, longest", "s", quiet, restarting, lambda m: max(m.visible)),
        Row(
            "submit → visible, p99",
            "s",
            p99(restarting.visible),
            target=VISIBLE_WITHIN_S,
            better="lower",
        ),
        Row("… without a restart", "s", p99(quiet.visible)),
        Row("a replica: SIGTERM to its end, longest", "s", max(r.to_end for r in replaced)),
        Row("a replica: start to ready, longest", "s", max(r.to_be_ready for r in replaced)),
        Row("all eight", "s", sum(r.to_end + r.to_be_ready for r in replaced)),
    ]


def _row(
    case: str, unit: str, quiet: Measured, restarting: Measured, of: Callable[[Measured], float]
) -> Row:
    return Row(case, unit, of(restarting), of(quiet))


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="commontime-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        deployment = SeparateProcesses(folder, settings={**UNLIMITED})
        try:
            deployment.start()
            figures = asyncio.run(measure(deployment))
        finally:
            deployment.stop()
    return report("rolling", rows(*figures))


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
