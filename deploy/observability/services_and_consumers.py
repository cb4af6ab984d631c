"""The dashboard of what is inside: the way of facts, connections, processes."""

from drawing import Dashboard, Panel
from overview import SERVICES


def each(metric: str, by: str = "job, instance") -> str:
    return f"sum by ({by}) ({metric})"


def second(counter: str, by: str = "job") -> str:
    return f"sum by ({by}) (rate({counter}[$__rate_interval]))"


OUTBOX = [
    Panel(
        "Oldest in the outbox",
        "Since when the oldest fact or state waits for Kafka to acknowledge it.",
        "s",
        {"{{job}}": "max by (job) (commontime_outbox_oldest_seconds)"},
        limit=60,
        width=6,
    ),
    Panel(
        "Waiting in the outbox",
        "Facts and states that Kafka has not acknowledged, counted up to 100,000 each.",
        "short",
        {
            "{{job}} facts": "max by (job) (commontime_outbox_facts)",
            "{{job}} states": "max by (job) (commontime_outbox_states)",
        },
        limit=10_000,
        width=6,
    ),
    Panel(
        "Leading relays",
        "Of each service one replica sends. 0: nobody does, and Kafka or PostgreSQL is away.",
        "short",
        {"{{job}}": "sum by (job) (commontime_relay_leading)"},
        limit=2,
        width=6,
    ),
    Panel(
        "Sent",
        "Messages that Kafka acknowledged, a second.",
        "ops",
        {"{{topic}}": second("commontime_relay_sent_total", "topic")},
        width=6,
    ),
]
CONSUMERS = [
    Panel(
        "Lag in seconds",
        "Age of the oldest message that waits for a replica.",
        "s",
        {"{{job}} {{instance}}": "max by (job, instance) (inbox_lag_seconds)"},
        limit=30,
    ),
    Panel(
        "Lag",
        "Messages that wait in the partitions of a replica.",
        "short",
        {"{{job}} {{instance}}": each("inbox_lag_facts")},
    ),
    Panel(
        "Taken in",
        "Facts and states whose effect was committed, a second.",
        "ops",
        {
            "{{job}} {{source}}": second("inbox_applied_total", "job, source"),
            "{{job}} {{topic}}": second("inbox_states_total", "job, topic"),
        },
    ),
    Panel(
        "Since the last batch",
        "How long a replica has taken nothing in. Much is fine where nothing waits.",
        "s",
        {"{{job}} {{instance}}": "commontime:consumer_idle:seconds"},
    ),
    Panel(
        "Put back, repeated, missing",
        "Batches tried again, facts that came twice, keys with a gap, facts fetched from owners.",
        "ops",
        {
            "{{job}} put back": second("inbox_retries_total"),
            "{{job}} twice": second("inbox_duplicates_total"),
            "{{job}} gaps": second("inbox_gaps_total"),
            "{{job}} fetched": second("inbox_refilled_total"),
        },
    ),
    Panel(
        "Parked keys and dead letters",
        "Keys that a fact holds back which cannot be taken in, and letters of the last hour.",
        "short",
        {
            "{{job}} parked": "max by (job) (inbox_parked_keys)",
            "{{job}} letters": "sum by (job) (increase(inbox_dead_letters_total[1h]))",
            "{{job}} held back": "sum by (job) (increase(inbox_held_back_total[1h]))",
        },
        limit=1,
    ),
]
DATABASE = [
    Panel(
        "Connections",
        "Of each service's pools, those in use and those that are free.",
        "short",
        {"{{job}} {{state}}": each("commontime_database_pool_connections", "job, state")},
    ),
    Panel(
        "Waiting for a connection",
        "Requests and loops that wait. Longer than 3 s ends in 503.",
        "short",
        {"{{job}} {{instance}}": each("commontime_database_pool_waiting")},
        limit=1,
    ),
    Panel(
        "Answers given again",
        "Commands that came twice with the same Idempotency-Key, a second.",
        "ops",
        {"{{job}}": second("commontime_idempotent_replays_total")},
    ),
]
PROCESSES = [
    Panel(
        "CPU",
        "Cores in use. One process uses one core, and then needs another replica.",
        "short",
        {
            "{{job}} {{instance}}": second(
                f"process_cpu_seconds_total{{{SERVICES}}}", "job, instance"
            )
        },
        limit=0.9,
        width=6,
    ),
    Panel(
        "Memory",
        "What is resident. The limit is 768 MiB for recommender and 512 MiB for the others.",
        "bytes",
        {"{{job}} {{instance}}": f"process_resident_memory_bytes{{{SERVICES}}}"},
        width=6,
    ),
    Panel(
        "Running for",
        "Since a process was started. Teeth are restarts.",
        "s",
        {"{{job}} {{instance}}": f"time() - process_start_time_seconds{{{SERVICES}}}"},
        width=6,
    ),
    Panel(
        "Replicas by version",
        "Old and new stand side by side during an update only.",
        "short",
        {"{{job}} {{version}}": "count by (job, version) (commontime_build_info)"},
        width=6,
    ),
]
DASHBOARD = Dashboard(
    "commontime-services-and-consumers",
    "Services and consumers",
    {
        "Outbox and relay": OUTBOX,
        "Consumers": CONSUMERS,
        "PostgreSQL": DATABASE,
        "Processes": PROCESSES,
    },
)
