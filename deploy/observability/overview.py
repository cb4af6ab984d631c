"""The dashboard to open first: whether it is healthy, in one look, and what users meet."""

from drawing import Dashboard, Panel, percentile
from objectives import COMMANDS, OBJECTIVES

SERVICES = 'job=~"poll-api|availability|recommender|event-lifecycle"'
ASKED = 'route!~"/(readyz|healthz|metrics)"'
REQUESTS = "http_requests_total"
DURATION = "http_request_duration_seconds"
GETS = f'method="GET", {ASKED}, route!~".*/stream"'


def stat(title: str, says: str, unit: str, expression: str, limit: float) -> Panel:
    """One figure, red from `limit` on."""
    return Panel(title, says, unit, {"": expression}, limit, width=4, figure=True)


def rate(selector: str, by: str = "job") -> str:
    return f"sum by ({by}) (rate({REQUESTS}{{{selector}}}[$__rate_interval]))"


def firing(severity: str) -> str:
    return f'count(ALERTS{{alertstate="firing", severity="{severity}"}}) or vector(0)'


HEALTH = [
    stat(
        "Pages",
        "Alerts that need somebody now. Prometheus's own page *Alerts* says which.",
        "short",
        firing("page"),
        1,
    ),
    stat(
        "Tickets",
        "Alerts that can wait until working hours.",
        "short",
        firing("ticket"),
        1,
    ),
    stat(
        "Services away",
        "Of the four services, so many of which no replica answers.",
        "short",
        f"4 - (count(max by (job) (up{{{SERVICES}}}) == 1) or vector(0))",
        1,
    ),
    stat(
        "Commands that fail",
        "Share of the last five minutes. 0.1 % is allowed over time.",
        "percentunit",
        "max(commontime:commands_failing:ratio5m) or vector(0)",
        0.001,
    ),
    stat(
        "Counts after",
        "How long 99 % of submissions take to count, in the last five minutes. 3 s is allowed.",
        "s",
        "histogram_quantile(0.99, sum by (le)"
        " (rate(commontime_visibility_delay_seconds_bucket[5m]))) >= 0 or vector(0)",
        3,
    ),
    stat(
        "Oldest on its way",
        "Since when the oldest fact waits for Kafka, of all services.",
        "s",
        "max(commontime_outbox_oldest_seconds)",
        60,
    ),
]
TARGETS = [
    Panel(
        one.alert.removeprefix("Commontime"),
        f"{one.says} The share that is bad, over an hour and over three days; the line is allowed.",
        "percentunit",
        {
            f"{{{{job}}}} {window}": f"commontime:{one.subject}:ratio{window}"
            for window in ("1h", "3d")
        },
        limit=one.allowed,
    )
    for one in OBJECTIVES
]
TRAFFIC = [
    Panel(
        "Requests",
        "What is asked of each service, a second; without health checks and scrapes.",
        "reqps",
        {"{{job}}": rate(ASKED)},
    ),
    Panel(
        "Failures by service",
        "Answers with 5xx by status, a second.",
        "reqps",
        {"{{job}} {{status}}": rate(f'status=~"5..", {ASKED}', "job, status")},
    ),
    Panel(
        "Refused",
        "429: somebody asks more often than they may. 503: no room, or another is away.",
        "reqps",
        {"{{job}} {{status}}": rate(f'status=~"429|503", {ASKED}', "job, status")},
    ),
    Panel(
        "Commands: how long",
        "Half of them, and 99 %, are answered within. 300 ms is allowed.",
        "s",
        {
            f"p{which * 100:.0f} {{{{job}}}}": percentile(which, DURATION, "job", COMMANDS)
            for which in (0.5, 0.99)
        },
        limit=0.3,
    ),
    Panel(
        "Reads: how long",
        "Half of what is asked, and 99 %, is answered within; without streams.",
        "s",
        {
            f"p{which * 100:.0f} {{{{job}}}}": percentile(which, DURATION, "job", GETS)
            for which in (0.5, 0.99)
        },
    ),
    Panel(
        "Slowest routes",
        "The ten routes that 99 % of requests take longest on.",
        "s",
        {
            "{{method}} {{route}}": "topk(10, "
            + percentile(0.99, DURATION, "method, route", 'route!~".*/stream"')
            + ")"
        },
    ),
]
DASHBOARD = Dashboard(
    "commontime-overview",
    "Overview",
    {"Is it healthy": HEALTH, "Objectives": TARGETS, "What users meet": TRAFFIC},
)
