"""The dashboard of timers and of what partners are told."""

from drawing import Dashboard, Panel, spread

LATENESS = "commontime_timers_lateness_seconds"
FIRST = "commontime_webhook_first_attempt_delay_seconds"
DURATION = "commontime_webhook_attempt_duration_seconds"


TIMERS = [
    Panel(
        "Lateness",
        "From the instant a timer was due to the commit of what it causes. 99 % within 5 s.",
        "s",
        spread(LATENESS, by="job"),
        limit=5,
    ),
    Panel(
        "Oldest overdue",
        "How long the earliest timer that has not fired is overdue. Near zero, or a loop hangs.",
        "s",
        {"{{job}}": "max by (job) (commontime_timers_oldest_overdue_seconds)"},
        limit=30,
    ),
    Panel(
        "Fired",
        "Events completed and deadlines kept, a second.",
        "ops",
        {"{{job}}": "sum by (job) (rate(commontime_timers_fired_total[$__rate_interval]))"},
    ),
    Panel(
        "Timers in one claim",
        "At 1,000 a claim is full and the next one follows at once: a burst is worked off.",
        "short",
        spread("commontime_timers_claim_size", by="job"),
    ),
    Panel(
        "Looks for due timers",
        "The heartbeat of the loops: four a second and replica at least, also when nothing is due.",
        "ops",
        {
            "{{job}} {{instance}}": "sum by (job, instance)"
            " (rate(commontime_timers_claim_size_count[$__rate_interval]))"
        },
    ),
    Panel(
        "Watching events",
        "Who reads the stream of events right now.",
        "short",
        {"{{instance}}": "sum by (instance) (commontime_event_stream_viewers)"},
    ),
]
TOLD = [
    Panel(
        "Attempts by outcome",
        "`retry` will be tried again, `dead` was the last one, `disabled`: the endpoint is off.",
        "ops",
        {
            "{{outcome}}": "sum by (outcome)"
            " (rate(commontime_webhook_attempts_total[$__rate_interval]))"
        },
    ),
    Panel(
        "First attempt",
        "From what happened to the beginning of the first attempt to tell it. 99 % within 10 s.",
        "s",
        spread(FIRST),
        limit=10,
    ),
    Panel(
        "How long partners take",
        "An attempt from its beginning to its answer, or to the timeout.",
        "s",
        spread(DURATION),
    ),
    Panel(
        "Oldest pending",
        "Since when the oldest delivery that could be sent waits.",
        "s",
        {"oldest": "max(commontime_webhook_oldest_pending_seconds)"},
        limit=600,
    ),
    Panel(
        "Pending and under way",
        "Deliveries that are not done yet, and attempts being made right now.",
        "short",
        {
            "pending": "max(commontime_webhook_pending)",
            "in flight {{instance}}": "sum by (instance) (commontime_webhook_in_flight)",
        },
    ),
    Panel(
        "Given up",
        "Dead letters within the last hour. They can be sent again: `…/recover`, `…/retry`.",
        "short",
        {"dead": "sum(increase(commontime_webhook_dead_total[1h]))"},
    ),
    Panel(
        "Endpoints paused",
        "Endpoints that failed so much that they are only tried now and then.",
        "short",
        {"paused": "max(commontime_webhook_breakers_open)"},
    ),
    Panel(
        "Deliveries in one claim",
        "How many the dispatcher takes at once.",
        "short",
        spread("commontime_webhook_claim_size"),
    ),
    Panel(
        "Looks for due deliveries",
        "The dispatchers' heartbeat, also when nothing is due.",
        "ops",
        {
            "{{instance}}": "sum by (instance)"
            " (rate(commontime_webhook_claim_size_count[$__rate_interval]))"
        },
    ),
]
DASHBOARD = Dashboard(
    "commontime-events-and-webhooks",
    "Events and webhooks",
    {"Timers": TIMERS, "What partners are told": TOLD},
)
