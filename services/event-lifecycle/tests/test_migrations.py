"""What an instance had when it was updated is still there, and still goes out."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy

import psycopg
from psycopg.rows import TupleRow

from chassis.migrations import migrate
from event_lifecycle.migrations import FOLDERS

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]

_BEFORE = """
    insert into webhook_endpoints (id, kind, url, types, state)
    values ('00000000-0000-7000-8000-00000000000e', 'webhook', 'https://partner', '{}', 'enabled');
    insert into webhook_messages (fact_id, kind, type, subject, body, created_at)
    select
        gen_random_uuid(), 'webhook', 'event.created', gen_random_uuid(),
        convert_to('body ' || day, 'UTF8'),
        now() - day * interval '1 day'
    from generate_series(0, 40) as day;
    insert into webhook_deliveries (message, endpoint, subject, attempts, next_at, created_at)
    select n, '00000000-0000-7000-8000-00000000000e', subject, 1, created_at, created_at
    from webhook_messages;
    insert into webhook_attempts (delivery, n, at, status, ms, response_excerpt)
    select id, 1, created_at, 500, 12, 'no' from webhook_deliveries;
"""
_LOG = """
    select m.n, d.id, convert_from(m.body, 'UTF8'), m.created_at, a.at, a.status
    from webhook_deliveries d
    join webhook_messages m on m.n = d.message and m.created_at = d.created_at
    join webhook_attempts a on a.delivery = d.id
    order by m.n
"""


def test_messages_of_before_there_were_partitions_keep_their_ids(
    template_database: TemplateDatabase,
    new_database: NewDatabase,
    as_owner: Callable[[str], str],
    tmp_path: Path,
) -> None:
    *libraries, own = FOLDERS
    first = tmp_path / own.parent.name / own.name
    first.mkdir(parents=True)
    copy(own / "0001_event_lifecycle.sql", first)
    url = new_database(template_database("event_lifecycle_0001", *libraries, first))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_BEFORE)
        before = _rows(connection)
        migrate(as_owner(url), *FOLDERS)
        assert _rows(connection) == before
        assert len(before) == 41
        [(number,)] = connection.execute(
            "insert into webhook_messages (fact_id, kind, type, subject, body, created_at)"
            " values (gen_random_uuid(), 'webhook', 'event.created', '', '', now()) returning n"
        ).fetchall()
        assert number == 42


def _rows(connection: psycopg.Connection[TupleRow]) -> list[TupleRow]:
    return connection.execute(_LOG).fetchall()
