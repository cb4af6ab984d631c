"""Reads what an instance keeps, with nothing of its own code: every table, every topic."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, LiteralString, TypeAlias
from urllib.parse import urlsplit

import psycopg
from confluent_kafka import Consumer, TopicPartition
from psycopg import sql

Tables: TypeAlias = dict[str, list[str]]
DATABASES = ("poll_api", "availability", "recommender", "event_lifecycle")


def url_of(server: str, database: str) -> str:
    return urlsplit(server)._replace(path=f"/{database}").geturl()


def asked(server: str, database: str, query: LiteralString, *parameters: str) -> list[Any]:
    with psycopg.connect(url_of(server, database), autocommit=True) as connection:
        return connection.execute(query, parameters or None).fetchall()


def tables(server: str) -> Tables:
    """Every row of `database.table` as PostgreSQL writes it, sorted."""
    read: Tables = {}
    for database in DATABASES:
        with psycopg.connect(url_of(server, database)) as connection:
            names = connection.execute(
                "select c.relname::text from pg_class c where c.relkind in ('r', 'p') "
                "and c.relnamespace = 'public'::regnamespace and not c.relispartition"
            ).fetchall()
            for (name,) in names:
                rows = sql.SQL("select t::text from {} t").format(sql.Identifier(name))
                read[f"{database}.{name}"] = sorted(r[0] for r in connection.execute(rows))
    return read


def without(read: Tables, words: Collection[str], left_out: Collection[str]) -> Tables:
    """Leave out rows that hold one of the words, and whole tables by their names."""
    return {
        name: [row for row in rows if not any(word in row for word in words)]
        for name, rows in read.items()
        if name.partition(".")[2] not in left_out
    }


def places_of(read: Tables, word: str) -> set[str]:
    """The tables that hold a word, as such or as the bytes of a message."""
    written = (word, word.encode().hex())
    return {name for name, rows in read.items() if any(w in row for row in rows for w in written)}


def facts(server: str, database: str) -> dict[str, list[tuple[str, Any]]]:
    """By key the stored facts in their order: id and data."""
    found: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    with psycopg.connect(url_of(server, database)) as connection:
        for key, id_, data in connection.execute(
            "select key, id::text, data from events order by key, sequence"
        ):
            found[key].append((id_, data))
    return dict(found)


def messages(bootstrap: str) -> dict[str, list[tuple[str, str, bytes]]]:
    """By topic what a consumer gets who begins at the beginning: key, event id, value."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "a-reader"})
    try:
        listed = consumer.list_topics(timeout=10).topics
        at_start = [
            TopicPartition(name, partition, 0)
            for name, topic in listed.items()
            if not name.startswith("__")
            for partition in topic.partitions
        ]
        consumer.assign(at_start)
        found: dict[str, list[tuple[str, str, bytes]]] = defaultdict(list)
        while got := consumer.consume(1000, timeout=2):
            for message in got:
                headers = {name: _bytes(value) for name, value in message.headers() or []}
                key, id_ = _bytes(message.key()).decode(), headers.get("ce_id", b"").decode()
                found[str(message.topic())].append((key, id_, _bytes(message.value())))
        return dict(found)
    finally:
        consumer.close()


def by_key(sent: list[tuple[str, str, bytes]]) -> dict[str, list[str]]:
    """By key the ids in the order in which they came first."""
    order: dict[str, dict[str, None]] = defaultdict(dict)
    for key, id_, _ in sent:
        order[key][id_] = None
    return {key: list(ids) for key, ids in order.items()}


def _bytes(value: bytes | str | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
