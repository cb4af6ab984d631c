"""Many polls from one: every row of all four databases again and again, with other ids.

The one poll came about as polls do, so that facts, read models and what each service has seen of
the others fit together; so do the copies. PostgreSQL makes them, at a rate no API would reach.
"""

from collections.abc import Sequence

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from standalone.pg_programs import url_of
from standalone.services import SERVICES

Connection = psycopg.Connection[TupleRow]

# What belongs to the instance and not to a poll; facts are copied in a way of their own.
_NOT_COPIED = {"schema_migrations", "reconciled", "retention", "events", "outbox", "accounts"}
_TABLES = """
select c.relname::text from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not c.relispartition
order by c.relname
"""
# Each id of a copy follows from the id it stands for and the copy's number.
_FACTS = """
insert into events (
    stream, version, key, sequence, id, type, schema, data, metadata, recorded_at
)
select {stream}, e.version, {key}, e.sequence, gen_random_uuid(), e.type, e.schema,
    {data}::json, e.metadata, e.recorded_at + n * interval '1 ms'
from generate_series(1, %s) n, originals e
order by n, e.position
"""
_COLUMNS = """
select attname::text from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
order by attnum
"""
_ROWS = """
insert into {table} ({columns})
select {made} from generate_series(1, %s) n, (select to_jsonb(t)::text as row from {table} t) o
cross join lateral jsonb_populate_record(null::{table}, {row}::jsonb) made
on conflict do nothing
"""


def multiply(server: str, ids: Sequence[str], copies: int) -> None:
    """Copy all rows `copies` times; `ids` are all ids that are another's in each copy."""
    for service in SERVICES:
        with psycopg.connect(url_of(server, service.database)) as connection:
            connection.execute("set local statement_timeout = 0")
            for (table,) in connection.execute(_TABLES).fetchall():
                if table not in _NOT_COPIED and not table.startswith("webhook_"):
                    _multiply_rows(connection, table, ids, copies)
            _multiply_facts(connection, ids, copies)
        with psycopg.connect(url_of(server, service.database), autocommit=True) as connection:
            connection.execute("vacuum analyze")


def _multiply_rows(connection: Connection, table: str, ids: Sequence[str], copies: int) -> None:
    columns = [name for (name,) in connection.execute(_COLUMNS, (table,)).fetchall()]
    statement = sql.SQL(_ROWS).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        made=sql.SQL(", ").join(sql.Identifier("made", name) for name in columns),
        row=_renamed("o.row", ids),
    )
    connection.execute(statement, (copies,))


def _multiply_facts(connection: Connection, ids: Sequence[str], copies: int) -> None:
    connection.execute("create temporary table originals as select * from events")
    columns = {
        "stream": _renamed("e.stream", ids),
        "key": _renamed("e.key", ids),
        "data": _renamed("e.data::text", ids),
    }
    connection.execute(sql.SQL(_FACTS).format(**columns), (copies,))


def _renamed(text: str, ids: Sequence[str]) -> sql.Composable:
    """An expression: the text with every id replaced by that of copy `n`."""
    expression: sql.Composable = sql.SQL(text)  # pyright: ignore[reportArgumentType]  # our own
    for id_ in ids:
        new = sql.SQL("md5({id} || n)::uuid::text").format(id=sql.Literal(id_))
        expression = sql.SQL("replace({}, {}, {})").format(expression, sql.Literal(id_), new)
    return expression
