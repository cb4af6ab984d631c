"""Writes the rules of the objectives: `python objectives.py rules`, in this folder.

Each objective allows a share of what happens to be bad. Alerts look at how fast that allowance is
spent, over a long window and a short one, so that they begin soon and end soon: at a share of what
is allowed a month's allowance lasts a month, at 14.4 times that it is gone in two days
(https://sre.google/workbook/alerting-on-slos/).
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BURNS = {
    "page": (("1h", "5m", 14.4), ("6h", "30m", 6.0)),
    "ticket": (("1d", "2h", 3.0), ("3d", "6h", 1.0)),
}
"""By severity: a long window, a short one, and how many times too fast is too fast."""
COUNTED = {"page": "1h", "ticket": "3d"}
"""The window in which so many must have been bad at least: one of three at night is no share."""
AT_LEAST = 10
PAUSE = {"page": "", "ticket": "        for: 10m\n"}

Part = Callable[[str, str], str]
"""PromQL of a function (`rate`, `increase`) and a window, for each job."""


@dataclass(frozen=True)
class Objective:
    """`subject` names the ratios, `allowed` is the share that may be bad; `total`, `bad`: Part."""

    subject: str
    says: str
    alert: str
    allowed: float
    total: Part
    bad: Part
    summary: str
    runbook: str


def counted(counter: str, selector: str = "") -> Part:
    chosen = f"{{{selector}}}" if selector else ""
    return lambda function, window: f"sum by (job) ({function}({counter}{chosen}[{window}]))"


def slower(histogram: str, limit: str, selector: str = "") -> tuple[Part, Part]:
    """All observations, and those above `limit`, one of the histogram's own."""
    total = counted(f"{histogram}_count", selector)
    within = counted(f"{histogram}_bucket", ", ".join(filter(None, [selector, f'le="{limit}"'])))
    return total, lambda function, window: f"{total(function, window)} - {within(function, window)}"


def failed(counter: str, selector: str, which: str) -> tuple[Part, Part]:
    """All, and those that failed; a status that never occurred has no series, and counts as 0."""
    total, some = counted(counter, selector), counted(counter, f"{selector}, {which}")
    return total, lambda function, w: f"{some(function, w)} or 0 * {total(function, w)}"


COMMANDS = 'method=~"POST|PUT|PATCH|DELETE"'


def _objective(
    subject: str, says: str, alert: str, allowed: float, parts: tuple[Part, Part], summary: str
) -> Objective:
    share = "{{ $value | humanizePercentage }}"
    return Objective(
        *(subject, says, f"Commontime{alert}", allowed, *parts),
        summary=f"{{{{ $labels.job }}}}: {share} of {summary}",
        runbook=f"deploy/runbooks/{subject.replace('_', '-')}.md",
    )


OBJECTIVES = (
    _objective(
        "commands_failing",
        "99.9 % of commands are not answered with 5xx.",
        "CommandsFailing",
        0.001,
        failed("http_requests_total", COMMANDS, 'status=~"5.."'),
        "commands fail",
    ),
    _objective(
        "commands_slow",
        "99 % of commands are answered within 300 ms.",
        "CommandsSlow",
        0.01,
        slower("http_request_duration_seconds", "0.3", COMMANDS),
        "commands take longer than 300 ms",
    ),
    _objective(
        "visibility_slow",
        "99 % of what people submit counts in recommendations within 3 s.",
        "VisibilitySlow",
        0.01,
        slower("commontime_visibility_delay_seconds", "3.0"),
        "what people submit counts only after more than 3 s",
    ),
    _objective(
        "timers_late",
        "Of the timers that fire, 99 % do so within 5 s of being due.",
        "TimersLate",
        0.01,
        slower("commontime_timers_lateness_seconds", "5.0"),
        "timers fire more than 5 s late",
    ),
    _objective(
        "webhooks_late",
        "99 % of deliveries are first attempted within 10 s of what they tell.",
        "WebhooksLate",
        0.01,
        slower("commontime_webhook_first_attempt_delay_seconds", "10.0"),
        "deliveries wait more than 10 s for their first attempt",
    ),
)


def rules(objective: Objective) -> str:
    """A group: its rules are evaluated one after another, so that alerts see the ratios of now."""
    name = f"commontime:{objective.subject}"
    windows = sorted({w for burns in BURNS.values() for *pair, _ in burns for w in pair}, key=_s)
    ratios = [
        (f"{name}:ratio{w}", f"({objective.bad('rate', w)}) / {objective.total('rate', w)}")
        for w in windows
    ]
    counts = [(f"{name}:bad{w}", objective.bad("increase", w)) for w in COUNTED.values()]
    recorded = "".join(
        f"      - record: {record}\n        expr: {expression}\n"
        for record, expression in ratios + counts
    )
    alerts = "".join(_alert(objective, name, severity) for severity in BURNS)
    return (
        f"  # {objective.says}\n  - name: {name.replace(':', '-').replace('_', '-')}\n"
        f"    rules:\n{recorded}{alerts}"
    )


def _alert(objective: Objective, name: str, severity: str) -> str:
    burning = "\n            or ".join(
        f"({name}:ratio{long} > {limit:g} and {name}:ratio{short} > {limit:g})"
        for long, short, times in BURNS[severity]
        for limit in [times * objective.allowed]
    )
    return (
        f"      - alert: {objective.alert}\n"
        f"        expr: >-\n          (\n            {burning}\n"
        f"          ) and {name}:bad{COUNTED[severity]} >= {AT_LEAST}\n"
        f"{PAUSE[severity]}"
        f"        labels:\n          severity: {severity}\n"
        f"        annotations:\n"
        f'          summary: "{objective.summary}"\n'
        f"          runbook: {objective.runbook}\n"
    )


def _s(window: str) -> int:
    return int(window[:-1]) * {"m": 60, "h": 3600, "d": 86400}[window[-1]]


def main(folder: Path) -> None:
    head = "# Written by ../objectives.py, which says what these are.\ngroups:\n"
    text = head + "\n".join(map(rules, OBJECTIVES))
    (folder / "objectives.yaml").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
