"""Follows events over Kafka and prints each change once, in the order in which it happened.

pip install confluent-kafka cloudevents
python consumer.py localhost:9092 my-group
"""

import json
import sqlite3
import sys

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, KafkaException, Message

TOPIC = "commontime.lifecycle"


def handle(event: BaseCloudEvent, database: sqlite3.Connection) -> None:
    """Your work. What it writes is committed together with the sequence, or not at all."""
    print(event.get_type(), json.dumps(event.get_data()), flush=True)


def parsed(message: Message) -> BaseCloudEvent:
    headers = dict(message.headers() or [])
    return from_binary(KafkaMessage(headers, message.key(), message.value()), JSONFormat())


def is_new(event: BaseCloudEvent, database: sqlite3.Connection) -> bool:
    """At or below the sequence seen last for its key, an event came before."""
    key, sequence = event.get_extension("partitionkey"), int(event.get_extension("sequence"))
    noted = database.execute(
        "insert into seen values (?, ?) on conflict (key)"
        " do update set sequence = excluded.sequence where sequence < excluded.sequence",
        (key, sequence),
    )
    return noted.rowcount == 1


def follow(consumer: Consumer, database: sqlite3.Connection) -> None:
    while True:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        event = parsed(message)
        with database:
            if is_new(event, database):
                handle(event, database)
        # Only now: whoever stops before this gets the message again, and `is_new` knows it.
        consumer.commit(message=message, asynchronous=False)


if __name__ == "__main__":
    bootstrap, group = sys.argv[1:]
    seen = sqlite3.connect(f"{group}.db")
    seen.execute("create table if not exists seen (key text primary key, sequence int not null)")
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([TOPIC])
    try:
        follow(consumer, seen)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()
