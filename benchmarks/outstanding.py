"""Events that wait for their time, as many as a benchmark needs: facts, read model and timers.

Written past the event store, whose way would take minutes; what is there afterwards is the same.
"""

from datetime import datetime, timedelta

import psycopg

# Ids as of events created one after the other; the nth falls due `apart` after the one before.
_STATEMENTS = (
    """
    create temporary table new on commit drop as
    select id, n, due, json_build_object(
        'title', 'Planning', 'description', null, 'starts_at', '2099-01-01T09:00:00Z',
        'ends_at', '2099-01-01T10:00:00Z', 'timezone', 'Europe/Berlin',
        'completion', json_build_object('mode', 'after_creation', 'delay', 'PT10S'),
        'due_at', rfc3339(due), 'tentative', false
    ) as details
    from (
        select uuidv7() as id, n, %(first)s::timestamptz + (n - 1) * %(apart)s::interval as due
        from generate_series(1, %(count)s::int) as n
    ) as numbered
    """,
    "insert into keys (key, sequence, updated_at) select id::text, 1, now() from new order by n",
    """
    insert into events (
        stream, version, key, sequence, id, type, schema, data, metadata, recorded_at
    )
    select
        'event-' || id, 1, id::text, 1, uuidv7(), 'commontime.event.scheduled.v1', 1,
        json_build_object(
            'event_id', id, 'poll_id', null, 'details', details, 'scheduled_at', rfc3339(now())
        ),
        '{"traceparent": null}', now()
    from new order by n
    """,
    """
    insert into scheduled_events (event_id, version, status, details, scheduled_at, updated_at)
    select id, 1, 'pending', details, now(), now() from new order by n
    """,
    "insert into timers (key, due_at) select id::text, due from new order by n",
)


def add_outstanding(url: str, count: int, first: datetime, apart: timedelta = timedelta()) -> None:
    """Have `count` events wait, the first until `first`, each next one `apart` longer."""
    parameters = {"count": count, "first": first, "apart": apart}
    with psycopg.connect(url) as connection:
        for statement in _STATEMENTS:
            connection.execute(statement.encode(), parameters)


def settle(url: str) -> None:
    """Have written to disk what was written so far, so that it does not disturb what follows."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("checkpoint")
