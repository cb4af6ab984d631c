"""What a run showed, as JSON and as a table."""

import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from chaos.journal import Journal
from chaos.plan import Fault

INTERESTING = (
    *("duplicates", "gaps", "refilled", "retried", "dead letters"),
    *("replayed answers", "repeated deliveries"),
)


@dataclass
class Report:
    """Of one seed. `availability` is the share of requests during faults that were answered."""

    seed: int
    plan: list[str]
    acknowledged: int = 0
    indeterminate: int = 0
    rejected: int = 0
    unanswered: int = 0
    counters: dict[str, int] = field(default_factory=dict[str, int])
    availability: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    recovery_s: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    rest_s: float = 0.0
    peak_mib: float = 0.0
    facts: int = 0
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list[str])


def summarise(
    report: Report,
    journal: Journal,
    ended: Sequence[tuple[Fault, float]],
    works_at: Sequence[float],
) -> None:
    """Fill in what the journal and the probe tell."""
    outcomes = [command.outcome for command in journal.commands]
    report.acknowledged = outcomes.count("acknowledged")
    report.rejected = outcomes.count("rejected")
    report.unanswered = outcomes.count("unanswered")
    # Answered in the end; in between nobody could say whether they had taken effect.
    report.indeterminate = sum(command.in_doubt for command in journal.commands)
    spans = [(end - fault.length, end) for fault, end in ended]
    during = [
        attempt.available
        for attempt in journal.attempts()
        if any(start <= attempt.at <= end for start, end in spans)
    ]
    report.availability = sum(during) / len(during) if during else 1.0
    took = sorted(command.seconds * 1000 for command in journal.commands if command.attempts)
    if took:
        report.p50_ms = statistics.median(took)
        report.p99_ms = took[min(len(took) - 1, len(took) * 99 // 100)]
        report.max_ms = took[-1]
    for fault, end in ended:
        first = min((at for at in works_at if at >= end), default=None)
        if first is not None:
            report.recovery_s.setdefault(fault.kind, []).append(round(first - end, 2))


def failures(reports: Sequence[Report]) -> list[str]:
    """Violations, and what stayed at nothing over all seeds: then nothing was shown."""
    found = [f"seed {report.seed}: {text}" for report in reports for text in report.violations]
    for name in INTERESTING:
        if all(name in nothing_shown(report) for report in reports):
            found.append(f"nothing was shown: {name} stayed at 0")
    return found


def nothing_shown(report: Report) -> set[str]:
    """Interesting things that this run did not bring about."""
    return {name for name in INTERESTING if not report.counters.get(name, 0)}


def write(reports: Sequence[Report], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"name": "chaos", "runs": [asdict(r) for r in reports]}, indent=1))


def table(reports: Sequence[Report]) -> str:
    """One line per seed, and the recovery of each kind of fault over all of them."""
    lines = [
        f"{'seed':>4} {'faults':>6} {'acked':>6} {'doubt':>6} {'refused':>7} {'dupl.':>6} "
        f"{'gaps':>5} {'refill':>6} {'avail.':>7} {'p50 ms':>7} {'p99 ms':>7} {'max ms':>7} "
        f"{'rest s':>6} {'MiB':>5} {'wrong':>5}"
    ]
    for r in reports:
        c = r.counters
        lines.append(
            f"{r.seed:>4} {len(r.plan):>6} {r.acknowledged:>6} {r.indeterminate:>6} "
            f"{r.rejected:>7} {c.get('duplicates', 0):>6} {c.get('gaps', 0):>5} "
            f"{c.get('refilled', 0):>6} {r.availability:>7.1%} {r.p50_ms:>7.0f} {r.p99_ms:>7.0f} "
            f"{r.max_ms:>7.0f} {r.rest_s:>6.1f} {r.peak_mib:>5.0f} {len(r.violations):>5}"
        )
    recovered: defaultdict[str, list[float]] = defaultdict(list)
    for report in reports:
        for kind, seconds in report.recovery_s.items():
            recovered[kind] += seconds
    lines.append("")
    lines.append(
        f"{'healed, until a whole round worked':<36} {'times':>5} {'median':>7} {'max':>6}"
    )
    for kind, seconds in sorted(recovered.items()):
        middle = statistics.median(seconds)
        lines.append(f"{kind:<36} {len(seconds):>5} {middle:>6.1f}s {max(seconds):>5.1f}s")
    return "\n".join(lines)
