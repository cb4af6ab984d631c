"""The dashboard of best times: how soon what people submit counts, and who watches."""

from drawing import Dashboard, Panel, percentile, spread

COUNTED = [
    Panel(
        "Counts after",
        "From the commit of what somebody submits to its effect in recommender. 99 % within 3 s.",
        "s",
        spread("commontime_visibility_delay_seconds"),
        limit=3,
    ),
    Panel(
        "Oldest not told",
        "Since when the poll that waits longest has had news that others were not told.",
        "s",
        {"oldest": "max(commontime_recommendation_oldest_dirty_seconds)"},
        limit=60,
    ),
    Panel(
        "Told",
        "States of polls left for the relay, a second.",
        "ops",
        {"told": "sum(rate(recommendations_emitted_total[$__rate_interval]))"},
    ),
]
ASKED = [
    Panel(
        "Answered within",
        "99 % of each kind of question, without streams.",
        "s",
        {
            "{{route}}": percentile(
                0.99,
                "http_request_duration_seconds",
                "route",
                'job="recommender", route=~"/api/.*", route!~".*/stream"',
            )
        },
    ),
    Panel(
        "Watching",
        "Who watches polls right now. Each takes a file descriptor and some 60 kB.",
        "short",
        {"{{instance}}": "sum by (instance) (live_viewers)"},
        limit=2_000,
    ),
    Panel(
        "Could not watch",
        "Refused since too many watch, within an hour, and polls looked at for all who do.",
        "short",
        {
            "refused": "sum(increase(live_refused_total[1h]))",
            "looked at": "sum(rate(live_computations_total[$__rate_interval]))",
        },
    ),
]
DASHBOARD = Dashboard(
    "commontime-recommendations",
    "Recommendations",
    {"What people submit": COUNTED, "What people ask": ASKED},
)
